//! Errors of the HTTP interface: the only place where they are made into responses.
//!
//! An error has a stable code, a text for people in the caller's language and the number of the request. What is private
//! goes to the log with the same number, never to the caller.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use helan_kernel::Refusal;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    access::Denied,
    text::{Language, text},
};

/// What went wrong, as a caller can act on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// The request cannot be read.
    Invalid,
    /// A body that is not declared as JSON.
    BadContentType,
    /// The request comes from another site.
    BadOrigin,
    /// Nobody is signed in, or the session is over.
    Unauthenticated,
    /// Account or password wrong, or locked out; on purpose not told apart.
    SignInFailed,
    /// The present password is wrong.
    WrongPassword,
    /// The new password is too weak.
    WeakPassword,
    /// The given password must be changed first.
    MustChange,
    /// The role does not allow it.
    Forbidden,
    /// There is no such thing (or none in the caller's area).
    NotFound,
    /// It exists already.
    Conflict,
    /// Not possible in the present state.
    WrongState,
    /// A reason is required.
    ReasonRequired,
    /// A second person is required.
    SecondPersonRequired,
    /// An interlock forbids it.
    Interlocked,
    /// A dry-run is required first.
    DryRunRequired,
    /// Outside its range.
    OutOfRange,
    /// There is not so much of it.
    NotEnough,
    /// The limit for such things is reached.
    LimitReached,
    /// A device of the drill has a real alarm.
    RealAlarm,
    /// People are still in the danger area.
    PeopleFirst,
    /// Another plan gave away places of a shelter that this one counts on.
    PlacesTaken,
    /// The way leads in front of a fire, or upslope of it.
    UnsafeWay,
    /// The request is too large.
    TooLarge,
    /// Too many requests.
    TooMany,
    /// Not set up on this server.
    NotAvailable,
    /// Stopping or overloaded.
    Unavailable,
    /// Anything else.
    Internal,
}

impl Code {
    /// All codes.
    #[cfg(test)]
    pub const ALL: [Self; 28] = [
        Self::Invalid,
        Self::BadContentType,
        Self::BadOrigin,
        Self::Unauthenticated,
        Self::SignInFailed,
        Self::WrongPassword,
        Self::WeakPassword,
        Self::MustChange,
        Self::Forbidden,
        Self::NotFound,
        Self::Conflict,
        Self::WrongState,
        Self::ReasonRequired,
        Self::SecondPersonRequired,
        Self::Interlocked,
        Self::DryRunRequired,
        Self::OutOfRange,
        Self::NotEnough,
        Self::LimitReached,
        Self::RealAlarm,
        Self::PeopleFirst,
        Self::PlacesTaken,
        Self::UnsafeWay,
        Self::TooLarge,
        Self::TooMany,
        Self::NotAvailable,
        Self::Unavailable,
        Self::Internal,
    ];

    /// The stable word, with `error.` before it: the message id.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Invalid => "error.invalid",
            Self::BadContentType => "error.bad-content-type",
            Self::BadOrigin => "error.bad-origin",
            Self::Unauthenticated => "error.unauthenticated",
            Self::SignInFailed => "error.sign-in-failed",
            Self::WrongPassword => "error.wrong-password",
            Self::WeakPassword => "error.weak-password",
            Self::MustChange => "error.must-change",
            Self::Forbidden => "error.forbidden",
            Self::NotFound => "error.not-found",
            Self::Conflict => "error.conflict",
            Self::WrongState => "error.wrong-state",
            Self::ReasonRequired => "error.reason-required",
            Self::SecondPersonRequired => "error.second-person-required",
            Self::Interlocked => "error.interlocked",
            Self::DryRunRequired => "error.dry-run-required",
            Self::OutOfRange => "error.out-of-range",
            Self::NotEnough => "error.not-enough",
            Self::LimitReached => "error.limit-reached",
            Self::RealAlarm => "error.real-alarm",
            Self::PeopleFirst => "error.people-first",
            Self::PlacesTaken => "error.places-taken",
            Self::UnsafeWay => "error.unsafe-way",
            Self::TooLarge => "error.too-large",
            Self::TooMany => "error.too-many",
            Self::NotAvailable => "error.not-available",
            Self::Unavailable => "error.unavailable",
            Self::Internal => "error.internal",
        }
    }

    /// The stable word.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.id().strip_prefix("error.").unwrap_or_default()
    }

    const fn status(self) -> StatusCode {
        match self {
            Self::Invalid => StatusCode::BAD_REQUEST,
            Self::BadContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Unauthenticated | Self::SignInFailed => StatusCode::UNAUTHORIZED,
            Self::BadOrigin | Self::Forbidden | Self::MustChange => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Conflict
            | Self::WrongState
            | Self::SecondPersonRequired
            | Self::Interlocked
            | Self::DryRunRequired
            | Self::NotEnough
            | Self::LimitReached
            | Self::RealAlarm
            | Self::PeopleFirst
            | Self::PlacesTaken
            | Self::UnsafeWay => StatusCode::CONFLICT,
            Self::ReasonRequired | Self::OutOfRange | Self::WeakPassword | Self::WrongPassword => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::NotAvailable | Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// An error on its way out. Becomes a body only in [`ApiError::body`], when language and request are known.
#[derive(Clone, Debug)]
pub struct ApiError {
    /// What went wrong.
    pub code: Code,
    /// What exactly, when the caller may know (which field, which character).
    pub detail: Option<String>,
    /// What exactly, for the log only.
    pub private: Option<String>,
    /// Language of the caller, where it is known already.
    pub language: Option<Language>,
}

impl ApiError {
    /// An error without further words.
    #[must_use]
    pub const fn new(code: Code) -> Self {
        Self { code, detail: None, private: None, language: None }
    }

    /// An error that tells the caller what exactly was wrong with the request.
    #[must_use]
    pub fn with_detail(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: Some(detail.into()), private: None, language: None }
    }

    /// A failure of the server: the caller learns only that it happened.
    #[must_use]
    pub fn internal(why: impl std::fmt::Display) -> Self {
        Self { code: Code::Internal, detail: None, private: Some(why.to_string()), language: None }
    }

    /// The stable word of a refusal, for answers about several things at once.
    ///
    /// # Errors
    /// A failure of the server stays one.
    pub fn told(self) -> Result<String, Self> {
        match self.code {
            Code::Internal | Code::Unavailable => Err(self),
            code => Ok(code.word().to_owned()),
        }
    }

    /// The response as it leaves: text in the caller's language, number of the request.
    #[must_use]
    pub fn body(&self, language: Language, request: &str) -> Response {
        if let Some(private) = &self.private {
            tracing::error!(request, code = self.code.word(), why = private, "request failed");
        }
        let error = ErrorText {
            code: self.code.word(),
            message: text(language, self.code.id()).to_owned(),
            detail: self.detail.clone(),
            request: request.to_owned(),
        };
        (self.code.status(), Json(ErrorBody { error })).into_response()
    }
}

/// Body of every error.
#[derive(Serialize, ToSchema)]
pub struct ErrorBody {
    error: ErrorText,
}

/// An error in words.
#[derive(Serialize, ToSchema)]
struct ErrorText {
    /// Stable word.
    code: &'static str,
    /// For people, in the language of the caller.
    message: String,
    /// What exactly, for programmers.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// Number of the request, as in the log.
    request: String,
}

impl IntoResponse for ApiError {
    /// Only a note: the outermost layer knows language and request and makes the body.
    fn into_response(self) -> Response {
        let mut response = self.code.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<Code> for ApiError {
    fn from(code: Code) -> Self {
        Self::new(code)
    }
}

impl From<Denied> for ApiError {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Role => Self::new(Code::Forbidden),
            Denied::Area => Self::new(Code::NotFound),
        }
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        Self::new(match refusal {
            Refusal::Unknown => Code::NotFound,
            Refusal::WrongState => Code::WrongState,
            Refusal::ReasonRequired => Code::ReasonRequired,
            Refusal::SecondPersonRequired => Code::SecondPersonRequired,
            Refusal::OutOfRange => Code::OutOfRange,
            Refusal::Interlocked => Code::Interlocked,
            Refusal::DryRunRequired => Code::DryRunRequired,
            Refusal::LimitReached => Code::LimitReached,
            Refusal::RealAlarm => Code::RealAlarm,
            Refusal::PeopleFirst => Code::PeopleFirst,
        })
    }
}

impl From<helan_node::Closed> for ApiError {
    fn from(_: helan_node::Closed) -> Self {
        Self::new(Code::Unavailable)
    }
}

impl From<helan_store::StoreError> for ApiError {
    fn from(error: helan_store::StoreError) -> Self {
        Self::internal(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_texts_and_a_word() {
        for code in Code::ALL {
            assert!(crate::text::known(code.id()), "{}", code.id());
            assert!(!code.word().is_empty());
            assert!(code.status().is_client_error() || code.status().is_server_error());
        }
    }
}
