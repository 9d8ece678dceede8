import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import '../i18n';
import { Boundary } from './Boundary';

afterEach(cleanup);

function Bad(): never {
  throw new Error('drawn wrongly');
}

it('says that a page cannot be shown, and offers to load it anew', () => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
  render(
    <>
      <p>frame</p>
      <Boundary>
        <Bad />
      </Boundary>
    </>,
  );
  expect(screen.getByText('frame')).toBeTruthy();
  expect(screen.getByTestId('broken').querySelector('button')).toBeTruthy();
});
