//! What handlers take from a request: like axum's own, but failing with our errors.

use axum::{
    extract::{FromRequest, FromRequestParts, Request, rejection::JsonRejection},
    http::request::Parts,
};
use serde::de::DeserializeOwned;

use super::error::{ApiError, Code};
use crate::access::Caller;

/// Longest text that a person may hand in with one field.
pub const MAX_TEXT: usize = 2_000;

/// A JSON body.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        match axum::Json::<T>::from_request(request, state).await {
            Ok(axum::Json(value)) => Ok(Self(value)),
            Err(JsonRejection::MissingJsonContentType(_)) => Err(Code::BadContentType.into()),
            Err(JsonRejection::BytesRejection(error)) => {
                let code = if error.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
                    Code::TooLarge
                } else {
                    Code::Invalid
                };
                Err(code.into())
            }
            Err(other) => Err(ApiError::with_detail(Code::Invalid, other.body_text())),
        }
    }
}

/// Query parameters.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match axum::extract::Query::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(error) => Err(ApiError::with_detail(Code::Invalid, error.body_text())),
        }
    }
}

/// Parameters of the path. One that does not even have the right form names nothing.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(_malformed) => Err(Code::NotFound.into()),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        // The gate has put it there; a route without the gate has no caller.
        parts.extensions.get::<Self>().cloned().ok_or_else(|| Code::Unauthenticated.into())
    }
}

/// Checks the length of a text.
///
/// # Errors
/// When it is longer than [`MAX_TEXT`] characters.
pub fn bounded(text: String) -> Result<String, ApiError> {
    if text.chars().count() > MAX_TEXT { Err(Code::OutOfRange.into()) } else { Ok(text) }
}

/// Rows of a page when nothing is asked for.
const PAGE: u32 = 100;
/// Most rows of a page: bounds memory and time of one request.
pub const MAX_PAGE: u32 = 500;

/// How many rows a request gets.
#[must_use]
pub fn page_size(asked: Option<u32>) -> usize {
    asked.unwrap_or(PAGE).clamp(1, MAX_PAGE) as usize
}

/// A cursor that is a number.
///
/// # Errors
/// When it is none.
pub fn cursor(after: Option<&str>) -> Result<Option<u64>, ApiError> {
    after
        .map(|text| text.parse().map_err(|_bad| ApiError::with_detail(Code::Invalid, "after")))
        .transpose()
}

/// Corners of a box as people and programs write it: west, south, east, north; with heights there are six numbers, and the third
/// and sixth are they (OGC 17-069r4, 7.15.3).
///
/// # Errors
/// When it is none.
pub fn bbox(text: &str) -> Result<geo::Rect, ApiError> {
    let wrong = || ApiError::with_detail(Code::Invalid, "bbox");
    let numbers: Option<Vec<f64>> = text.split(',').map(|n| n.trim().parse().ok()).collect();
    let corners = match numbers.as_deref() {
        Some([a, b, c, d]) | Some([a, b, _, c, d, _]) => [*a, *b, *c, *d],
        _ => return Err(wrong()),
    };
    let [west, south, east, north] = corners;
    if !corners.iter().all(|n| n.is_finite()) || west > east || south > north {
        return Err(wrong());
    }
    Ok(geo::Rect::new((west, south), (east, north)))
}
