//! Metrics in the OpenMetrics text format, made when they are asked for.

use std::sync::atomic::{AtomicU64, Ordering};

use helan_kernel::Engine;
use helan_node::Lane;
use prometheus_client::{
    encoding::text::encode,
    metrics::{counter::ConstCounter, gauge::ConstGauge, histogram::Histogram},
    registry::Registry,
};

use crate::{
    api::{Api, blocking, error::ApiError},
    clock,
};

/// What is measured all the time; everything else is asked for when it is wanted.
pub struct Metrics {
    /// From an action of a person to its commit, in seconds.
    pub act_seconds: Histogram,
}

impl Default for Metrics {
    fn default() -> Self {
        // From a quarter of a millisecond (a fast disk) to four seconds (a sick one).
        let buckets = std::iter::successors(Some(0.000_25_f64), |last| Some(last * 2.0)).take(15);
        Self { act_seconds: Histogram::new(buckets) }
    }
}

/// State of the engine, as one question gives it.
struct Now {
    devices: usize,
    points: usize,
    alarms: helan_kernel::watch::Figures,
    incidents: usize,
    runs: usize,
    commands: usize,
    notices: usize,
}

impl Now {
    fn of(engine: &Engine) -> Self {
        Self {
            devices: engine.registry().devices.len(),
            points: engine.registry().points(),
            alarms: engine.watch().figures(),
            incidents: engine.desk().incidents().count(),
            runs: engine.dispose().runs().count(),
            commands: engine.dispose().commands().count(),
            notices: engine.push().notices().count(),
        }
    }
}

/// All metrics as text.
///
/// # Errors
/// When the node has stopped or the history cannot be asked.
pub async fn text(api: &Api) -> Result<String, ApiError> {
    let now = api.platform.ask(Now::of).await?;
    let seq = api.platform.figures().seq.load(Ordering::Relaxed);
    let positions = api.history.positions().await?;
    let desk = api.desk.clone();
    let failing = blocking(move || desk.failing_connectors()).await??;
    let mut registry = Registry::with_prefix("helan");
    node(&mut registry, api, seq.saturating_sub(positions.acts));
    state(&mut registry, &now);
    links(&mut registry, api);
    gauge(&mut registry, "connectors_failing", "Connectors whose last run failed", failing);
    let mut text = String::new();
    encode(&mut text, &registry).map_err(ApiError::internal)?;
    Ok(text)
}

fn node(registry: &mut Registry, api: &Api, behind: u64) {
    let figures = api.platform.figures();
    counter(registry, "node_turns", "Turns committed", &figures.turns);
    counter(registry, "node_answers", "Readings and events answered", &figures.answers);
    counter(registry, "node_effects", "Decisions made", &figures.effects);
    gauge(registry, "node_urgent_waiting", "Events that wait", api.platform.waiting(Lane::Urgent));
    let telemetry = api.platform.waiting(Lane::Telemetry);
    gauge(registry, "node_telemetry_waiting", "Readings that wait", telemetry);
    let ahead = api.platform.now().since(clock::now());
    gauge(registry, "node_clock_ahead_ms", "How far its time is ahead of the machine's", ahead.0);
    let failures = api.platform.history_failures();
    registry.register("history_failures", "Failed writes of it", ConstCounter::new(failures));
    let failures = api.platform.snapshot_failures();
    registry.register("snapshot_failures", "Failed saves of state", ConstCounter::new(failures));
    gauge(registry, "history_turns_behind", "Turns that the history lies behind", behind);
    registry.register(
        "node_act_seconds",
        "From an action of a person to its commit",
        api.metrics.act_seconds.clone(),
    );
}

fn state(registry: &mut Registry, now: &Now) {
    gauge(registry, "registry_devices", "Devices", now.devices);
    gauge(registry, "registry_points", "Points", now.points);
    let alarms = &now.alarms;
    for (priority, count) in [
        ("critical", alarms.critical),
        ("high", alarms.high),
        ("medium", alarms.medium),
        ("low", alarms.low),
    ] {
        let labelled = registry.sub_registry_with_label(("priority".into(), priority.into()));
        gauge(labelled, "alarms_open", "Open alarms", count);
    }
    gauge(registry, "alarms_unacknowledged", "Alarms nobody took note of", alarms.unacknowledged);
    gauge(registry, "alarms_recent", "Alarms of the last ten minutes", alarms.recent);
    gauge(registry, "alarms_flood", "Whether there is an alarm flood", u32::from(alarms.flood));
    gauge(registry, "incidents_open", "Incidents that are not closed", now.incidents);
    gauge(registry, "runs_open", "Runs under way", now.runs);
    gauge(registry, "commands_open", "Commands without a final answer", now.commands);
    gauge(registry, "notices_open", "Notices of open incidents", now.notices);
}

fn links(registry: &mut Registry, api: &Api) {
    let refused = api.intake.refusals().total();
    registry.register("intake_refusals", "Messages of devices refused", ConstCounter::new(refused));
    gauge(registry, "mqtt_connections", "Device connections", (api.mqtt_connections)());
    gauge(registry, "live_connections", "Live screens", api.live.connections());
    let channels = &api.channels;
    counter(registry, "channel_sent", "Notices handed to a channel", &channels.sent);
    counter(registry, "channel_failed", "Notices that a channel did not take", &channels.failed);
    counter(registry, "channel_retried", "Further tries", &channels.retried);
}

fn counter(registry: &mut Registry, name: &str, help: &str, value: &AtomicU64) {
    registry.register(name, help, ConstCounter::new(value.load(Ordering::Relaxed)));
}

fn gauge(registry: &mut Registry, name: &str, help: &str, value: impl TryInto<i64>) {
    registry.register(name, help, ConstGauge::new(value.try_into().unwrap_or(i64::MAX)));
}
