//! Which deed each route is. A route that is missing here is closed to everybody.

use axum::http::Method;

use super::Deed;

/// Method, path and deed of every route under `/api/v1`.
pub const ROUTES: &[(&str, &str, Deed)] = &[
    ("POST", "/api/v1/session", Deed::Open),
    ("GET", "/api/v1/session", Deed::Own),
    ("DELETE", "/api/v1/session", Deed::Own),
    ("POST", "/api/v1/session/password", Deed::Own),
    ("GET", "/api/v1/overview", Deed::See),
    ("GET", "/api/v1/areas", Deed::See),
    ("GET", "/api/v1/map/devices", Deed::See),
    ("GET", "/api/v1/devices", Deed::See),
    ("GET", "/api/v1/devices/{key}", Deed::See),
    ("PUT", "/api/v1/devices/{key}", Deed::Devices),
    ("DELETE", "/api/v1/devices/{key}", Deed::Devices),
    ("POST", "/api/v1/devices/{key}/token", Deed::Devices),
    ("GET", "/api/v1/devices/{key}/points/{name}/readings", Deed::See),
    ("POST", "/api/v1/devices/{key}/commands", Deed::Command),
    ("POST", "/api/v1/devices/{key}/maintenance", Deed::Maintain),
    ("DELETE", "/api/v1/devices/{key}/maintenance", Deed::Maintain),
    ("GET", "/api/v1/commands", Deed::See),
    ("POST", "/api/v1/commands/{id}/approve", Deed::Command),
    ("POST", "/api/v1/registry", Deed::BaseData),
    ("GET", "/api/v1/alarms", Deed::See),
    ("GET", "/api/v1/alarms/{id}", Deed::See),
    ("POST", "/api/v1/alarms/{id}/acknowledge", Deed::Handle),
    ("POST", "/api/v1/alarms/{id}/shelve", Deed::Handle),
    ("POST", "/api/v1/alarms/{id}/unshelve", Deed::Handle),
    ("POST", "/api/v1/alarms/{id}/reset", Deed::Handle),
    ("GET", "/api/v1/incidents", Deed::See),
    ("GET", "/api/v1/incidents/{id}", Deed::See),
    ("POST", "/api/v1/incidents/{id}/take", Deed::Handle),
    ("POST", "/api/v1/incidents/{id}/note", Deed::Handle),
    ("POST", "/api/v1/incidents/{id}/grade", Deed::Handle),
    ("POST", "/api/v1/incidents/{id}/all-clear", Deed::Handle),
    ("POST", "/api/v1/incidents/{id}/close", Deed::Handle),
    ("POST", "/api/v1/calls", Deed::Handle),
    ("POST", "/api/v1/runs/{id}/hold", Deed::Handle),
    ("POST", "/api/v1/runs/{id}/resume", Deed::Handle),
    ("POST", "/api/v1/runs/{id}/take-over", Deed::Handle),
    ("GET", "/api/v1/notices", Deed::SeePeople),
    ("POST", "/api/v1/notices/{id}/answer", Deed::Handle),
    ("POST", "/api/v1/notices/{id}/visit", Deed::Handle),
    ("GET", "/api/v1/profiles", Deed::See),
    ("GET", "/api/v1/programs", Deed::See),
    ("PUT", "/api/v1/programs/{key}", Deed::Programs),
    ("POST", "/api/v1/programs/{key}/dry-run", Deed::Programs),
    ("POST", "/api/v1/programs/{key}/sign-off", Deed::Programs),
    ("POST", "/api/v1/programs/{key}/retire", Deed::Programs),
    ("GET", "/api/v1/drills", Deed::See),
    ("POST", "/api/v1/drills", Deed::Drills),
    ("DELETE", "/api/v1/drills/{key}", Deed::Drills),
    ("GET", "/api/v1/audit", Deed::Audit),
    ("GET", "/api/v1/audit/verify", Deed::Audit),
    ("GET", "/api/v1/refusals", Deed::Refusals),
    ("GET", "/api/v1/accounts", Deed::Accounts),
    ("POST", "/api/v1/accounts", Deed::Accounts),
    ("PATCH", "/api/v1/accounts/{account}", Deed::Accounts),
    ("POST", "/api/v1/accounts/{account}/password", Deed::Accounts),
    ("GET", "/api/v1/live", Deed::See),
    ("GET", "/api/v1/base/kinds", Deed::See),
    ("GET", "/api/v1/base/objects", Deed::See),
    ("GET", "/api/v1/base/objects/{kind}/{key}", Deed::See),
    ("GET", "/api/v1/base/objects/{kind}/{key}/history", Deed::See),
    ("PUT", "/api/v1/base/objects/{kind}/{key}", Deed::Records),
    ("DELETE", "/api/v1/base/objects/{kind}/{key}", Deed::Records),
    ("GET", "/api/v1/base/find", Deed::See),
    ("GET", "/api/v1/base/near", Deed::See),
    ("POST", "/api/v1/base/within", Deed::See),
    ("GET", "/api/v1/base/imports", Deed::Records),
    ("POST", "/api/v1/base/imports", Deed::Records),
    ("GET", "/api/v1/base/imports/{id}", Deed::Records),
    ("DELETE", "/api/v1/base/imports/{id}", Deed::Records),
    ("POST", "/api/v1/base/imports/{id}/check", Deed::Records),
    ("POST", "/api/v1/base/imports/{id}/load", Deed::Records),
    ("GET", "/api/v1/base/imports/{id}/sheet", Deed::Records),
    // Authenticated by the gateway's own token, not by a session.
    ("POST", "/api/v1/gateway/receipts", Deed::Open),
];

/// The deed of a route; none when the route is not known.
#[must_use]
pub fn deed_of(method: &Method, path: &str) -> Option<Deed> {
    // HEAD reads what GET reads.
    let method = if *method == Method::HEAD { "GET" } else { method.as_str() };
    ROUTES.iter().find(|(m, p, _)| *m == method && *p == path).map(|(_, _, deed)| *deed)
}
