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
import { groupOf, PAGES, type PageName } from '../lib/route';
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
    <NavLink key={name} to={name} current={name === page} onClick={() => setMenu(false)}>
      {t(`page.${name}`)}
    </NavLink>
  ));
  // Of a group the first page stands for all.
  const entries = pages.filter((name) => {
    const group = groupOf(name)?.pages.filter((own) => pages.includes(own));
    return !group || group[0] === name;
  });
  const top = entries.map((name) => {
    const group = groupOf(name);
    const current = group ? group.pages.includes(page) : name === page;
    return (
      <NavLink key={name} to={name} current={current}>
        {t(group && group.pages.length > 1 ? `nav.group.${group.name}` : `page.${name}`)}
      </NavLink>
    );
  });
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
        {top}
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

function NavLink({
  to,
  current,
  children,
  onClick,
}: {
  to: PageName;
  current: boolean;
  children: React.ReactNode;
  onClick?(): void;
}) {
  return (
    <a
      href={`#/${to}`}
      aria-current={current ? 'page' : undefined}
      className={current ? 'nav-link current' : 'nav-link'}
      data-testid={`nav-${to}`}
      onClick={onClick}
    >
      {children}
    </a>
  );
}

/** The other pages of the group that a page belongs to; nothing when it stands alone. */
export function SubNav({ page }: { page: PageName }) {
  const { t } = useTranslation();
  const { role } = useMe();
  const pages = groupOf(page)?.pages.filter((name) => mayOpen(role, name)) ?? [];
  if (pages.length < 2) return null;
  return (
    <nav className="subnav" aria-label={t('nav.sub')}>
      {pages.map((name) => (
        <NavLink key={name} to={name} current={name === page}>
          {t(`page.${name}`)}
        </NavLink>
      ))}
    </nav>
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
