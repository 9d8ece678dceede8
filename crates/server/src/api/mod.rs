//! The HTTP interface: console API under `/api/v1`, public pages, the console itself.
//!
//! Every request to the API passes the [`gate`]: origin, session, and the deed of the route (`access::routes`). Handlers
//! then check the thing itself with [`Api::allow`]. Live state is asked of the engine in small copies; what is over is read
//! from the history. Start reading at [`router`].

pub mod error;
mod exposure;
mod extract;
mod finish;
mod gate;
pub mod live;
pub mod wire;

mod accounts;
mod alarms;
mod audit;
mod base;
mod call_down;
mod commands;
mod connectors;
mod dangers;
mod devices;
mod dispatch;
mod documents;
mod drills;
mod duty;
mod export;
mod file;
mod fires;
mod forces;
mod forecasts;
mod history;
mod imports;
mod incidents;
mod inside;
mod map;
mod notices;
mod observed;
mod ogc;
mod pages;
mod plans;
mod profiles;
mod programs;
mod public;
mod quality;
mod question;
mod readings;
mod registry;
mod reports;
mod response;
mod review;
mod risk;
mod roster;
mod runs;
mod session;
mod sharing;
mod sharing_use;
mod sites;
mod spots;
mod state;
mod stock;
mod stock_changes;
mod stock_records;
mod suppose;
mod tiles;
mod weather;

pub use history::History;
pub(crate) use map::etag;
pub use map::{COUNTIES, MapCache};
pub(crate) use plans::level;
pub(crate) use question::about;
pub use state::{Api, Parts};
pub(crate) use state::{apart, blocking};
pub use suppose::Line;
pub use tiles::TileCache;

use axum::{Router, extract::DefaultBodyLimit, middleware};
use tower_http::compression::CompressionLayer;
use utoipa::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Largest body of a request: a program with all its steps fits ten times over.
const MAX_BODY: usize = 256 * 1024;
/// Largest body of a bulk registration: some thousand devices.
const MAX_BULK: usize = 8 * 1024 * 1024;

#[derive(OpenApi)]
#[openapi(info(
    title = "Helan console API",
    description = "Times are milliseconds since 1970 UTC. Every error is {\"error\": {code, message, request}}. \
                   Sign in with POST /session; the cookie does the rest. See docs/api.md."
))]
struct Document;

/// The routes with their description.
fn described() -> OpenApiRouter<Api> {
    let bulk = OpenApiRouter::new()
        .routes(routes!(registry::change))
        .layer(DefaultBodyLimit::max(MAX_BULK));
    // Files go to the disk as they come; the handler has a limit of its own.
    let files =
        OpenApiRouter::new().routes(routes!(imports::bring)).layer(DefaultBodyLimit::disable());
    OpenApiRouter::with_openapi(Document::openapi()).nest(
        "/api/v1",
        OpenApiRouter::new()
            .routes(routes!(session::sign_in, session::who, session::sign_out))
            .routes(routes!(session::change_password))
            .routes(routes!(map::overview))
            .routes(routes!(map::areas))
            .routes(routes!(map::devices))
            .routes(routes!(devices::list))
            .routes(routes!(devices::detail, devices::put, devices::remove))
            .routes(routes!(devices::token))
            .routes(routes!(readings::list))
            .routes(routes!(devices::command))
            .routes(routes!(commands::list))
            .routes(routes!(devices::approve))
            .routes(routes!(devices::start_maintenance, devices::end_maintenance))
            .routes(routes!(alarms::list))
            .routes(routes!(alarms::detail))
            .routes(routes!(alarms::acknowledge))
            .routes(routes!(alarms::shelve))
            .routes(routes!(alarms::unshelve))
            .routes(routes!(alarms::reset))
            .routes(routes!(incidents::list))
            .routes(routes!(incidents::detail))
            .routes(routes!(incidents::take))
            .routes(routes!(incidents::note))
            .routes(routes!(incidents::grade))
            .routes(routes!(incidents::all_clear))
            .routes(routes!(incidents::close))
            .routes(routes!(incidents::call))
            .routes(routes!(dangers::of_incident))
            .routes(routes!(pages::of_incident))
            .routes(routes!(reports::of_incident))
            .routes(routes!(forecasts::list))
            .routes(routes!(fires::hotspot))
            .routes(routes!(fires::crews))
            .routes(routes!(dangers::what_if))
            .routes(routes!(response::of_incident))
            .routes(routes!(suppose::response))
            .routes(routes!(plans::view))
            .routes(routes!(plans::renew))
            .routes(routes!(plans::edit))
            .routes(routes!(plans::issue))
            .routes(routes!(plans::paper))
            .routes(routes!(response::closures, response::close))
            .routes(routes!(response::open))
            .routes(routes!(response::way))
            .routes(routes!(dangers::evacuated))
            .routes(routes!(dangers::task))
            .routes(routes!(observed::list, observed::tell))
            .routes(routes!(observed::withdraw))
            .routes(routes!(dangers::models))
            .routes(routes!(dangers::substances))
            .routes(routes!(dangers::ask_model))
            .routes(routes!(dangers::weather, dangers::set_weather))
            .routes(routes!(weather::sources))
            .routes(routes!(runs::hold))
            .routes(routes!(runs::resume))
            .routes(routes!(runs::take_over))
            .routes(routes!(notices::list))
            .routes(routes!(notices::answer))
            .routes(routes!(notices::visit))
            .routes(routes!(notices::receipt))
            .routes(routes!(profiles::list))
            .routes(routes!(programs::list))
            .routes(routes!(programs::put))
            .routes(routes!(programs::dry_run))
            .routes(routes!(programs::sign_off))
            .routes(routes!(programs::retire))
            .routes(routes!(drills::list, drills::start))
            .routes(routes!(drills::stop))
            .routes(routes!(audit::list))
            .routes(routes!(audit::verify))
            .routes(routes!(audit::refusals))
            .routes(routes!(accounts::list, accounts::create))
            .routes(routes!(accounts::change))
            .routes(routes!(accounts::reset))
            .routes(routes!(live::connect))
            .routes(routes!(base::kinds))
            .routes(routes!(base::areas))
            .routes(routes!(base::list))
            .routes(routes!(base::detail, base::put, base::remove))
            .routes(routes!(base::history))
            .routes(routes!(documents::list, documents::bring))
            .routes(routes!(documents::content, documents::remove))
            .routes(routes!(base::find))
            .routes(routes!(base::near))
            .routes(routes!(base::within))
            .routes(routes!(tiles::tile))
            .routes(routes!(imports::list))
            .routes(routes!(imports::import, imports::cancel))
            .routes(routes!(imports::check))
            .routes(routes!(imports::load))
            .routes(routes!(imports::sheet))
            .routes(routes!(export::export))
            .routes(routes!(connectors::list))
            .routes(routes!(connectors::put, connectors::remove))
            .routes(routes!(connectors::run))
            .routes(routes!(connectors::runs))
            .routes(routes!(risk::of_object))
            .routes(routes!(risk::list))
            .routes(routes!(risk::areas))
            .routes(routes!(exposure::conflicts))
            .routes(routes!(exposure::of_object))
            .routes(routes!(exposure::dangers))
            .routes(routes!(exposure::gap))
            .routes(routes!(exposure::coverage))
            .routes(routes!(inside::ask))
            .routes(routes!(sites::list))
            .routes(routes!(sites::of_object))
            .routes(routes!(review::list))
            .routes(routes!(review::accept))
            .routes(routes!(review::keep))
            .routes(routes!(duty::of_object))
            .routes(routes!(duty::at_place))
            .routes(routes!(roster::list, roster::add))
            .routes(routes!(roster::remove))
            .routes(routes!(call_down::list, call_down::start))
            .routes(routes!(call_down::report))
            .routes(routes!(call_down::end))
            .routes(routes!(ogc::landing))
            .routes(routes!(ogc::api))
            .routes(routes!(ogc::conformance))
            .routes(routes!(ogc::collections))
            .routes(routes!(ogc::one))
            .routes(routes!(ogc::queryables))
            .routes(routes!(ogc::items))
            .routes(routes!(ogc::item))
            .routes(routes!(sharing::catalogue))
            .routes(routes!(sharing::list, sharing::request))
            .routes(routes!(sharing::detail))
            .routes(routes!(sharing::withdraw))
            .routes(routes!(sharing::approve))
            .routes(routes!(sharing::refuse))
            .routes(routes!(sharing::revoke))
            .routes(routes!(sharing::token))
            .routes(routes!(sharing::quota))
            .routes(routes!(sharing_use::items))
            .routes(routes!(sharing_use::extract))
            .routes(routes!(quality::scores))
            .routes(routes!(quality::flaws))
            .routes(routes!(quality::trend))
            .routes(routes!(quality::run))
            .routes(routes!(spots::list, spots::add))
            .routes(routes!(spots::detail))
            .routes(routes!(spots::check))
            .routes(routes!(spots::errors))
            .routes(routes!(stock::lots, stock_changes::stock_in))
            .routes(routes!(stock::moves))
            .routes(routes!(stock_changes::count))
            .routes(routes!(stock_changes::write_off))
            .routes(routes!(stock_records::take_over))
            .routes(routes!(stock::items))
            .routes(routes!(stock::export))
            .routes(routes!(stock::check))
            .routes(routes!(stock::allocations, stock_changes::reserve))
            .routes(routes!(stock_changes::step))
            .routes(routes!(forces::list))
            .routes(routes!(forces::place))
            .routes(routes!(forces::readiness))
            .routes(routes!(forces::account))
            .routes(routes!(forces::orders, forces::order))
            .routes(routes!(forces::step))
            .routes(routes!(forces::beds))
            .routes(routes!(forces::set_beds))
            .routes(routes!(dispatch::propose))
            .routes(routes!(dispatch::replan))
            .routes(routes!(dispatch::current))
            .routes(routes!(dispatch::accept))
            .merge(files)
            .merge(bulk),
    )
}

/// The description of the interface.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    described().split_for_parts().1
}

/// Everything that is served over HTTP.
pub fn router(api: Api) -> Router {
    let (routes, _) = described().split_for_parts();
    // Devices have rules of their own, and none of what browsers need.
    let devices = crate::intake::routes(api.intake.clone());
    routes
        .route_layer(middleware::from_fn_with_state(api.clone(), gate::gate))
        .merge(public::routes())
        .merge(pages::routes())
        .fallback(crate::assets::serve)
        .method_not_allowed_fallback(finish::no_such_method)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn_with_state(api.clone(), finish::finish))
        .with_state(api)
        .merge(devices)
}
