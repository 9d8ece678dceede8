//! Accounts.

use axum::{Json as Reply, extract::State, http::StatusCode};
use helan_kernel::AreaCode;
use helan_store::accounts;

use super::{
    Api,
    error::{ApiError, Code, ErrorBody},
    extract::{Json, Path},
    state::blocking,
    wire::{Account, AccountChange, GivenPassword, NewAccount, Page},
};
use crate::access::{Caller, Role, is_account_name, password};

/// Longest name of a person.
const MAX_NAME: usize = 64;

/// All accounts within the caller's area.
#[utoipa::path(get, path = "/accounts", tag = "accounts", responses((status = 200, body = Page<Account>)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
) -> Result<Reply<Page<Account>>, ApiError> {
    let store = api.accounts.clone();
    let all = blocking(move || store.accounts()).await??;
    let items = all.iter().filter(|a| caller.sees(a.area)).map(Account::from).collect();
    Ok(Reply(Page { items, next: None }))
}

/// Make an account; its first password is shown this once.
#[utoipa::path(post, path = "/accounts", tag = "accounts", request_body = NewAccount, responses(
    (status = 200, body = GivenPassword),
    (status = 409, body = ErrorBody, description = "The name was used before")))]
pub async fn create(
    State(api): State<Api>,
    caller: Caller,
    Json(new): Json<NewAccount>,
) -> Result<Reply<GivenPassword>, ApiError> {
    let area = AreaCode(new.area);
    let role = Role::from(new.role);
    let language = new.language.unwrap_or_else(|| "zh".into());
    if !is_account_name(&new.account) || !is_display(&new.name) || !is_language(&language) {
        return Err(Code::OutOfRange.into());
    }
    // Nobody gives away more than they have; the simulator is a service, not a person.
    if !caller.sees(area) || role == Role::Simulator {
        return Err(Code::Forbidden.into());
    }
    let store = api.accounts.clone();
    let now = api.platform.now();
    let account = new.account.clone();
    let given = blocking(move || -> Result<Option<String>, ApiError> {
        let given = password::random().map_err(ApiError::internal)?;
        let hash = password::hash(&given).map_err(ApiError::internal)?;
        let made = store.create(
            &accounts::NewAccount {
                account: &new.account,
                name: &new.name,
                role,
                area,
                language: &language,
                password_hash: &hash,
                must_change: true,
            },
            now,
        )?;
        Ok(made.then_some(given))
    })
    .await??;
    let object = format!("{account} {role} {area}", area = area.0);
    api.note(&caller, "account-create", &object, given.is_some()).await?;
    given.map(|password| Reply(GivenPassword { password })).ok_or_else(|| Code::Conflict.into())
}

/// Change an account.
#[utoipa::path(patch, path = "/accounts/{account}", tag = "accounts", params(("account" = String, Path)),
    request_body = AccountChange, responses((status = 204), (status = 404, body = ErrorBody)))]
pub async fn change(
    State(api): State<Api>,
    caller: Caller,
    Path(account): Path<String>,
    Json(change): Json<AccountChange>,
) -> Result<StatusCode, ApiError> {
    find(&api, &caller, &account).await?;
    let own = *account == *caller.actor.account;
    let role = change.role.map(Role::from);
    let area = change.area.map(AreaCode);
    let fits = change.name.as_deref().is_none_or(is_display)
        && change.language.as_deref().is_none_or(is_language);
    if !fits {
        return Err(Code::OutOfRange.into());
    }
    // Nobody changes their own powers, so that there is always somebody left who can.
    let powers = role.is_some() || area.is_some() || change.disabled == Some(true);
    let beyond = area.is_some_and(|area| !caller.sees(area)) || role == Some(Role::Simulator);
    if (own && powers) || beyond {
        return Err(Code::Forbidden.into());
    }
    let object = format!("{account} {change:?}");
    let store = api.accounts.clone();
    let now = api.platform.now();
    let done = blocking(move || {
        let change = accounts::AccountChange {
            name: change.name,
            role,
            area,
            language: change.language,
            disabled: change.disabled,
        };
        store.change(&account, &change, now)
    })
    .await??;
    api.note(&caller, "account-change", &object, done).await?;
    if done { Ok(StatusCode::NO_CONTENT) } else { Err(Code::NotFound.into()) }
}

/// Give an account a new password, shown this once; its sessions end and a lock is opened.
#[utoipa::path(post, path = "/accounts/{account}/password", tag = "accounts",
    params(("account" = String, Path)), responses((status = 200, body = GivenPassword), (status = 404, body = ErrorBody)))]
pub async fn reset(
    State(api): State<Api>,
    caller: Caller,
    Path(account): Path<String>,
) -> Result<Reply<GivenPassword>, ApiError> {
    find(&api, &caller, &account).await?;
    let given = api.sessions.reset(account.clone()).await?;
    api.note(&caller, "account-password", &account, given.is_some()).await?;
    given.map(|password| Reply(GivenPassword { password })).ok_or_else(|| Code::NotFound.into())
}

/// The account, if it exists and lies in the caller's area.
async fn find(api: &Api, caller: &Caller, account: &str) -> Result<(), ApiError> {
    let store = api.accounts.clone();
    let name = account.to_owned();
    let found = blocking(move || store.account(&name)).await??;
    if found.is_some_and(|account| caller.sees(account.area)) {
        Ok(())
    } else {
        Err(Code::NotFound.into())
    }
}

fn is_display(name: &str) -> bool {
    !name.trim().is_empty() && name.chars().count() <= MAX_NAME
}

fn is_language(language: &str) -> bool {
    matches!(language, "zh" | "en")
}
