use super::*;

const NOW: Ms = Ms(1_750_000_000_000);
const IDLE: Ms = Ms::seconds(1800);

fn open() -> (tempfile::TempDir, Accounts) {
    let folder = tempfile::tempdir().unwrap();
    let accounts = Accounts::open(folder.path()).unwrap();
    (folder, accounts)
}

fn li() -> NewAccount<'static> {
    NewAccount {
        account: "li",
        name: "李娜",
        role: Role::Duty,
        area: AreaCode(640_104_000),
        language: "zh",
        password_hash: "$argon2id$one",
        must_change: true,
    }
}

#[test]
fn an_account_is_made_once_and_survives_a_restart() {
    let (folder, accounts) = open();
    assert!(accounts.create(&li(), NOW).unwrap());
    assert!(!accounts.create(&NewAccount { name: "other", ..li() }, NOW).unwrap());
    drop(accounts);
    let accounts = Accounts::open(folder.path()).unwrap();
    let found = accounts.account("li").unwrap().unwrap();
    assert_eq!((&*found.name, found.role, found.area), ("李娜", Role::Duty, AreaCode(640_104_000)));
    assert!(found.must_change && !found.disabled);
    assert_eq!(accounts.accounts().unwrap(), [found]);
    assert_eq!(accounts.account("nobody").unwrap(), None);
}

#[test]
fn only_what_is_given_changes() {
    let (_folder, accounts) = open();
    accounts.create(&li(), NOW).unwrap();
    let change = AccountChange { role: Some(Role::Viewer), ..AccountChange::default() };
    assert!(accounts.change("li", &change, NOW).unwrap());
    assert!(!accounts.change("nobody", &change, NOW).unwrap());
    let found = accounts.account("li").unwrap().unwrap();
    assert_eq!((&*found.name, found.role), ("李娜", Role::Viewer));
}

const SPAN: Ms = Ms::seconds(900);
const LIMIT: (u32, Ms) = (3, SPAN);

#[test]
fn wrong_passwords_lock_and_a_right_one_starts_anew() {
    let (_folder, accounts) = open();
    accounts.create(&li(), NOW).unwrap();
    let fail = |account: &str| accounts.failed(account, "1.1.1.1", LIMIT, NOW).unwrap();
    assert_eq!(fail("li"), None);
    assert!(!accounts.is_locked("li", "1.1.1.1", NOW).unwrap());
    accounts.succeeded("li", "2.2.2.2", NOW).unwrap();
    assert_eq!((fail("li"), fail("li")), (None, None));
    let until = fail("li");
    assert_eq!(until, Some(NOW.after(SPAN)));
    assert_eq!(accounts.account("li").unwrap().unwrap().locked_until, until);
    assert!(accounts.is_locked("li", "1.1.1.1", NOW).unwrap());
    assert!(accounts.is_locked("li", "3.3.3.3", NOW).unwrap(), "for every stranger");
    assert!(!accounts.is_locked("li", "1.1.1.1", NOW.after(SPAN)).unwrap());
    assert_eq!(fail("nobody"), None);
    assert!(!accounts.is_locked("nobody", "1.1.1.1", NOW).unwrap());
}

#[test]
fn strangers_cannot_keep_an_owner_out() {
    let (folder, accounts) = open();
    accounts.create(&li(), NOW).unwrap();
    accounts.succeeded("li", "10.0.0.7", NOW).unwrap();
    for n in 0..1000 {
        accounts.failed("li", &format!("6.6.6.{}", n % 250), LIMIT, NOW).unwrap();
    }
    // Also after a restart.
    drop(accounts);
    let accounts = Accounts::open(folder.path()).unwrap();
    let locked = |address: &str, at: Ms| accounts.is_locked("li", address, at).unwrap();
    assert!(locked("6.6.6.1", NOW) && !locked("10.0.0.7", NOW));
    // The owner's right password does not open the account for those who guess.
    accounts.succeeded("li", "10.0.0.7", NOW).unwrap();
    assert!(locked("6.6.6.1", NOW));
    // Guessing at the owner's own place locks that place only.
    for _ in 0..3 {
        accounts.failed("li", "10.0.0.7", LIMIT, NOW).unwrap();
    }
    assert!(locked("10.0.0.7", NOW) && !locked("10.0.0.7", NOW.after(SPAN)));
    // A new password opens everything.
    assert!(accounts.set_password("li", "$argon2id$two", true, None, NOW).unwrap());
    assert!(!locked("10.0.0.7", NOW) && !locked("6.6.6.1", NOW));
    // An address that was not used for long is a stranger's.
    for _ in 0..3 {
        accounts.failed("li", "6.6.6.6", LIMIT, NOW.after(Accounts::KNOWN_FOR)).unwrap();
    }
    assert!(locked("10.0.0.7", NOW.after(Accounts::KNOWN_FOR)));
}

#[test]
fn only_so_many_addresses_are_remembered() {
    let (_folder, accounts) = open();
    accounts.create(&li(), NOW).unwrap();
    for n in 0..50 {
        accounts.succeeded("li", &format!("10.0.0.{n}"), NOW.after(Ms(n))).unwrap();
    }
    for _ in 0..3 {
        accounts.failed("li", "6.6.6.6", LIMIT, NOW).unwrap();
    }
    let locked = |n: u32| accounts.is_locked("li", &format!("10.0.0.{n}"), NOW).unwrap();
    assert_eq!((0..50).filter(|n| !locked(*n)).collect::<Vec<_>>(), (30..50).collect::<Vec<_>>());
}

#[test]
fn a_session_ends_by_expiry_idleness_sign_out_disabling_and_a_new_password() {
    let (_folder, accounts) = open();
    accounts.create(&li(), NOW).unwrap();
    let token = TokenHash::of("token");
    let begin =
        || accounts.open_session(&token, "li", NOW, NOW.after(Ms::seconds(36_000))).unwrap();
    let alive = |at: Ms| accounts.session(&token, IDLE, at).unwrap().is_some();

    begin();
    assert!(alive(NOW));
    assert!(!alive(NOW.after(Ms::seconds(1801))), "idle");
    assert!(alive(NOW.after(Ms::seconds(1700))), "use is noted");
    assert!(alive(NOW.after(Ms::seconds(3300))));
    let end = NOW.after(Ms::seconds(36_000));
    assert!(!alive(end), "expired");
    assert!(accounts.session(&TokenHash::of("other"), IDLE, NOW).unwrap().is_none());

    accounts.end_session(&token).unwrap();
    assert!(!alive(NOW), "signed out");
    begin();
    let other = TokenHash::of("second");
    accounts.open_session(&other, "li", NOW, end).unwrap();
    accounts.set_password("li", "$argon2id$two", false, Some(&other), NOW).unwrap();
    assert!(!alive(NOW), "new password");
    assert!(accounts.session(&other, IDLE, NOW).unwrap().is_some(), "but the one that set it");
    begin();
    let close = AccountChange { disabled: Some(true), ..AccountChange::default() };
    accounts.change("li", &close, NOW).unwrap();
    assert!(!alive(NOW), "disabled");
    assert!(accounts.open_session(&token, "nobody", NOW, end).is_err());
}

#[test]
fn old_sessions_are_swept() {
    let (_folder, accounts) = open();
    accounts.create(&li(), NOW).unwrap();
    accounts.open_session(&TokenHash::of("a"), "li", NOW, NOW.after(Ms(10))).unwrap();
    accounts.open_session(&TokenHash::of("b"), "li", NOW, NOW.after(Ms(1000))).unwrap();
    assert_eq!(accounts.sweep_sessions(IDLE, NOW.after(Ms(20))).unwrap(), 1);
}

#[test]
fn a_device_has_one_token() {
    let (_folder, accounts) = open();
    let set = |token| accounts.set_device_tokens(&[("gas-1", TokenHash::of(token))], NOW).unwrap();
    let known = || accounts.device_tokens().unwrap();
    for token in ["first", "second"] {
        set(token);
        assert_eq!(known(), [("gas-1".to_owned(), TokenHash::of(token))]);
    }
    assert!(accounts.remove_device_token("gas-1").unwrap());
    assert!(!accounts.remove_device_token("gas-1").unwrap());
    assert!(known().is_empty());
}

#[test]
fn notes_wait_until_the_chain_holds_them() {
    let (folder, accounts) = open();
    accounts.leave_note("account-reset", "li", NOW).unwrap();
    accounts.leave_note("account-disable", "li", NOW).unwrap();
    drop(accounts);
    let accounts = Accounts::open(folder.path()).unwrap();
    let waiting = accounts.pending().unwrap();
    let [first, second] = waiting.as_slice() else { panic!("{waiting:?}") };
    assert_eq!(
        (first.what.as_str(), first.object.as_str(), first.at),
        ("account-reset", "li", NOW)
    );
    accounts.noted(first.id).unwrap();
    assert_eq!(accounts.pending().unwrap(), std::slice::from_ref(second));
}
