//! Profiles: what kinds of device there are, in words for people.

use axum::{Json as Reply, extract::State};

use super::{Api, error::ApiError, wire::Profile};
use crate::access::Caller;

/// All profiles of all packs, by key. They name no device and no place: every signed-in person may read a program.
#[utoipa::path(get, path = "/profiles", tag = "devices", responses((status = 200, body = Vec<Profile>)))]
pub async fn list(
    State(api): State<Api>,
    _caller: Caller,
) -> Result<Reply<Vec<Profile>>, ApiError> {
    let all = api.platform.ask(|engine| {
        let profiles = engine.registry().profiles.iter();
        let mut all = profiles.map(|(_, profile)| Profile::from(profile)).collect::<Vec<_>>();
        all.sort_by(|a, b| a.key.cmp(&b.key));
        all
    });
    Ok(Reply(all.await?))
}
