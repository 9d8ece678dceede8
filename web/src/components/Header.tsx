import { MenuOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { Button, Drawer, Dropdown } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { del } from '../api/client';
import { keys } from '../api/keys';
import { setLeft } from '../app/leave';
import { mayOpen, useMe } from '../app/session';
import { useAct } from '../lib/actions';
import { useNow } from '../lib/clock';
import { PAGES, type PageName } from '../lib/route';
import { formatTime } from '../lib/time';
import { LanguageSwitch } from './LanguageSwitch';
import { PasswordModal } from './PasswordModal';
import { PendingCommands } from './PendingCommands';
import { SoundSwitch } from './SoundSwitch';

export function Header({ page }: { page: PageName }) {
  const { t } = useTranslation();
  const me = useMe();
  const [menu, setMenu] = useState(false);
  const pages = PAGES.filter((name) => mayOpen(me.role, name));
  const links = pages.map((name) => (
    <a
      key={name}
      href={`#/${name}`}
      aria-current={name === page ? 'page' : undefined}
      className={name === page ? 'nav-link current' : 'nav-link'}
      data-testid={`nav-${name}`}
      onClick={() => setMenu(false)}
    >
      {t(`page.${name}`)}
    </a>
  ));
  return (
    <header className="header">
      <Button
        className="header-menu"
        type="text"
        icon={<MenuOutlined />}
        aria-label={t('nav.menu')}
        onClick={() => setMenu(true)}
      />
      <h1 className="brand">{t('app.short')}</h1>
      <nav className="nav" aria-label={t('nav.label')}>
        {links}
      </nav>
      <PendingCommands />
      <Clock />
      <SoundSwitch />
      <UserMenu />
      <span className="header-language">
        <LanguageSwitch />
      </span>
      <Drawer
        open={menu}
        placement="left"
        size={240}
        title={t('nav.menu')}
        onClose={() => setMenu(false)}
      >
        <nav className="nav-vertical" aria-label={t('nav.label')}>
          {links}
        </nav>
        <LanguageSwitch />
      </Drawer>
    </header>
  );
}

function Clock() {
  const { t } = useTranslation();
  const text = formatTime(useNow());
  return (
    <span className="clock" title={t('header.clock')} data-testid="clock">
      <span className="clock-date">{text.slice(0, 10)} </span>
      {text.slice(11)}
    </span>
  );
}

function UserMenu() {
  const { t } = useTranslation();
  const me = useMe();
  const client = useQueryClient();
  const { act } = useAct();
  const [password, setPassword] = useState(false);
  const leave = () =>
    act(async () => {
      await del('/session');
      setLeft(true);
      client.clear();
      client.setQueryData(keys.session, null);
    });
  return (
    <>
      <Dropdown
        trigger={['click']}
        menu={{
          items: [
            { key: 'password', label: t('password.change'), onClick: () => setPassword(true) },
            { key: 'leave', label: t('logout'), onClick: leave },
          ],
        }}
      >
        <Button type="text" className="user" data-testid="user-menu">
          <span className="user-duty">{me.role === 'duty' ? t('header.duty') : ''} </span>
          {me.name}
          <span className="user-role"> · {t(`role.${me.role}`)}</span>
        </Button>
      </Dropdown>
      <PasswordModal open={password} onClose={() => setPassword(false)} />
    </>
  );
}
