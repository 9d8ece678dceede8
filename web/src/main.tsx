import { createRoot } from 'react-dom/client';
import { App } from './app/App';
import './i18n';
import './styles/base.css';

const root = document.getElementById('root');
if (root) createRoot(root).render(<App />);

// So that the field form opens without a network. It needs a secure context; elsewhere the console works as ever.
if ('serviceWorker' in navigator && import.meta.env.PROD) {
  navigator.serviceWorker.register('./sw.js').catch(() => {});
}
