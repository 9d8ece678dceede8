// Whether the person signed out: otherwise the server ended the session, and the sign-in page says so.
let byChoice = false;

export const left = () => byChoice;
export function setLeft(choice: boolean) {
  byChoice = choice;
}
