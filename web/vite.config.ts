import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// The server the development pages talk to: the mock by default, a running `helan` when HELAN names one.
const server = process.env.HELAN ?? 'http://127.0.0.1:8099';

export default defineConfig({
  base: './',
  plugins: [react()],
  server: {
    host: '127.0.0.1',
    port: 5173,
    proxy: { '/api': { target: server, ws: true } },
  },
  build: {
    target: 'es2022',
    chunkSizeWarningLimit: 1200,
    rolldownOptions: { input: { console: 'index.html' } },
  },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.{ts,tsx}'],
    // A dialogue takes seconds to be drawn where the machine has more to do.
    testTimeout: 30_000,
  },
});
