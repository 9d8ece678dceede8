//! Commands that are not over: what waits for a second person, and what is on its way.

use axum::{Json as Reply, extract::State};

use super::{
    Api,
    error::ApiError,
    extract::{Query, cursor, page_size},
    wire::{Command, CommandQuery, Page},
};
use crate::access::Caller;

/// Commands that are not over, oldest first; those of a closed incident are in its file.
#[utoipa::path(get, path = "/commands", tag = "devices", params(CommandQuery),
    responses((status = 200, body = Page<Command>)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Query(query): Query<CommandQuery>,
) -> Result<Reply<Page<Command>>, ApiError> {
    let limit = page_size(query.limit);
    let after = cursor(query.after.as_deref())?;
    let items = api
        .platform
        .ask(move |engine| {
            engine
                .dispose()
                .commands()
                .filter(|command| after.is_none_or(|after| command.id.0 > after))
                .filter(|command| {
                    query.device.as_deref().is_none_or(|key| *command.device_key == *key)
                })
                .filter(|command| {
                    let device = engine.registry().device(command.device);
                    device.is_some_and(|device| caller.sees(device.spec.area))
                })
                .take(limit)
                .map(Command::from)
                .collect::<Vec<_>>()
        })
        .await?;
    let next = items.last().filter(|_| items.len() == limit).map(|last| last.id.to_string());
    Ok(Reply(Page { items, next }))
}
