//! Sign-in, sign-out, one's own password.

use axum::{
    Extension, Json as Reply,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use helan_kernel::{AreaCode, event::Actor};

use super::{
    Api,
    error::{ApiError, Code, ErrorBody},
    extract::Json,
    gate::{COOKIE, Peer, Token},
    wire::{PasswordChange, Session, SignIn},
};
use crate::access::{Caller, Role, password, sessions::SignInError};

/// Longest name of an account that is even looked up.
const MAX_NAME: usize = 64;

/// Sign in.
#[utoipa::path(post, path = "/session", tag = "session", request_body = SignIn, responses(
    (status = 200, body = Session, description = "Signed in; the cookie is set"),
    (status = 401, body = ErrorBody, description = "Wrong, locked or disabled; on purpose not told apart"),
    (status = 429, body = ErrorBody)))]
pub async fn sign_in(
    State(api): State<Api>,
    Extension(Peer(peer)): Extension<Peer>,
    Json(given): Json<SignIn>,
) -> Result<Response, ApiError> {
    let name: String = given.account.chars().take(MAX_NAME).collect();
    if given.password.chars().count() > password::MAX_CHARS {
        return Err(Code::SignInFailed.into());
    }
    let result = api.sessions.sign_in(name.clone(), given.password, peer).await;
    let (token, account) = match result {
        Ok(good) => good,
        Err(SignInError::Wrong) => {
            let who = nobody(&name, peer);
            api.note(&who, "sign-in", &name, false).await?;
            return Err(Code::SignInFailed.into());
        }
        Err(other) => return Err(other.into()),
    };
    let caller = Caller {
        actor: Actor { account: account.account.into(), name: account.name.into() },
        role: account.role,
        area: account.area,
        language: account.language.into(),
        must_change: account.must_change,
        from: peer.to_string().into(),
    };
    api.note(&caller, "sign-in", &caller.actor.account, true).await?;
    let seconds = u64::from(api.config.session.absolute_hours) * 3600;
    let cookie = cookie(&token, seconds, api.config.http.behind_tls)?;
    Ok(([(header::SET_COOKIE, cookie)], Reply(Session::from(&caller))).into_response())
}

/// Who is signed in.
#[utoipa::path(get, path = "/session", tag = "session", responses(
    (status = 200, body = Session), (status = 401, body = ErrorBody)))]
pub async fn who(caller: Caller) -> Reply<Session> {
    Reply(Session::from(&caller))
}

/// Sign out.
#[utoipa::path(delete, path = "/session", tag = "session", responses((status = 204)))]
pub async fn sign_out(
    State(api): State<Api>,
    Extension(Token(token)): Extension<Token>,
    caller: Caller,
) -> Result<Response, ApiError> {
    api.sessions.sign_out(&token).await?;
    api.note(&caller, "sign-out", &caller.actor.account, true).await?;
    let gone = cookie("", 0, api.config.http.behind_tls)?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, gone)]).into_response())
}

/// Change one's own password; other sessions of the account end.
#[utoipa::path(post, path = "/session/password", tag = "session", request_body = PasswordChange, responses(
    (status = 204), (status = 422, body = ErrorBody, description = "Old one wrong, or new one too weak")))]
pub async fn change_password(
    State(api): State<Api>,
    Extension(Token(token)): Extension<Token>,
    Extension(Peer(peer)): Extension<Peer>,
    caller: Caller,
    Json(change): Json<PasswordChange>,
) -> Result<StatusCode, ApiError> {
    let account = caller.actor.account.to_string();
    if caller.role == Role::Simulator {
        return Err(Code::Forbidden.into());
    }
    if password::rules(&account, &change.new).is_err() || change.new == change.old {
        return Err(Code::WeakPassword.into());
    }
    if change.old.chars().count() > password::MAX_CHARS {
        return Err(Code::WrongPassword.into());
    }
    let done =
        api.sessions.change_password(account.clone(), change.old, change.new, &token, peer).await?;
    api.note(&caller, "password", &account, done).await?;
    if done { Ok(StatusCode::NO_CONTENT) } else { Err(Code::WrongPassword.into()) }
}

/// Whoever tried to sign in, for the records; not an account.
fn nobody(name: &str, peer: std::net::IpAddr) -> Caller {
    Caller {
        actor: Actor { account: name.into(), name: "".into() },
        role: Role::Viewer,
        area: AreaCode::ALL,
        language: "zh".into(),
        must_change: false,
        from: peer.to_string().into(),
    }
}

fn cookie(token: &str, seconds: u64, secure: bool) -> Result<HeaderValue, ApiError> {
    let secure = if secure { "; Secure" } else { "" };
    let text =
        format!("{COOKIE}={token}; HttpOnly; SameSite=Strict; Path=/; Max-Age={seconds}{secure}");
    HeaderValue::from_str(&text).map_err(ApiError::internal)
}
