//! Networks as rows of the catalogue.

use super::{
    balance::{self, Meter},
    cusum::Cusum,
    isolation::{Edge, Kind, Network},
};
use crate::{
    Field, HazardError, Inputs, Model, Output, Report, Value, Warning,
    bounds::{count, together, whole},
};

/// Networks.
pub const MODELS: &[Model] = &[
    Model {
        key: "lifeline-balance",
        title: ("分区计量平衡", "Balance of a district"),
        fields: &[
            Field::list("inflow", "", 0.0, 1e12, "what each inlet counted"),
            Field::list("outflow", "", 0.0, 1e12, "what each outlet and customer counted"),
            Field::number("stored", "", -1e12, 1e12, "how much more the pipes hold").or(0.0),
            Field::number("error", "", 0.0, 1.0, "error of a meter, as a share").or(0.02),
        ],
        sources: &["mass balance of district metering; errors add by their squares"],
        validity: "meters read at the same time over hours to days",
        run: weigh,
    },
    Model {
        key: "lifeline-leak",
        title: ("漏损检测", "A leak in a series"),
        fields: &[
            Field::list("quiet", "", -1e15, 1e15, "values without a leak"),
            Field::list("series", "", -1e15, 1e15, "values to look at"),
            Field::number("slack", "", 0.0, 10.0, "half of the change to be seen, in deviations")
                .or(0.5),
            Field::number("height", "", 0.1, 100.0, "height of the alarm, in deviations").or(5.0),
        ],
        sources: &["Page 1954"],
        validity: "values of the same hour of the day, such as night flows; without trend",
        run: leak,
    },
    Model {
        key: "lifeline-isolation",
        title: ("关阀分析", "Valves to shut"),
        fields: &[
            Field::table(
                "edges",
                &["from", "to", "kind"],
                "pipes and valves; kind: 0 pipe, 1 valve, 2 valve that cannot be shut, 3 shut valve",
            ),
            Field::list("sources", "", 0.0, 2e6, "nodes that feed the network"),
            Field::table("customers", &["node", "customers"], "who hangs where").optional(),
            Field::number("leak", "", 0.0, 2e6, "the edge that leaks, counted from 0"),
        ],
        sources: &["segments between valves (Walski 1993)"],
        validity: "valves that hold; pressures are not reckoned",
        run: isolate,
    },
];

fn weigh(inputs: &Inputs) -> Result<Report, HazardError> {
    let error = inputs.number("error")?;
    let meters = |name: &str| -> Vec<Meter> {
        inputs.list(name).iter().map(|amount| Meter { amount: *amount, error }).collect()
    };
    let stored = Meter { amount: inputs.number("stored")?, error };
    let balance = balance::balance(&meters("inflow"), &meters("outflow"), stored)?;
    let mut report = Report::default();
    report.put("lost", balance.lost, "");
    report.put("error", balance.error, "");
    report.put("share", balance.share, "");
    report.put("significance", balance.significance(), "");
    if balance.significance() >= 3.0 {
        report.warnings.push(Warning::new(
            "loss",
            "损失量超过三倍计量误差，应查漏",
            "the loss is above three times the error of the meters: look for a leak",
        ));
    }
    Ok(report)
}

fn leak(inputs: &Inputs) -> Result<Report, HazardError> {
    let learned = Cusum::learned(inputs.list("quiet"))?;
    let cusum =
        Cusum { slack: inputs.number("slack")?, height: inputs.number("height")?, ..learned };
    let mut report = Report::default();
    report.put("mean", cusum.mean, "");
    report.put("deviation", cusum.deviation, "");
    let change = cusum.rise(inputs.list("series"))?;
    report.put("leak", f64::from(u8::from(change.is_some())), "");
    if let Some(change) = change {
        report.put("seen", count(change.seen), "");
        report.put("began", count(change.began), "");
        report.put("size", change.size, "");
    }
    Ok(report)
}

fn isolate(inputs: &Inputs) -> Result<Report, HazardError> {
    let edge = |row: &Vec<f64>| {
        let &[from, to, kind] = row.as_slice() else {
            return Err(together("an edge has three figures"));
        };
        let kinds = [Kind::Pipe, Kind::Valve, Kind::StuckValve, Kind::Shut];
        let found = (0_u8..).zip(kinds).find(|(i, _)| (f64::from(*i) - kind).abs() < 0.5);
        let (_, kind) = found.ok_or_else(|| together("the kind of an edge is 0 to 3"))?;
        Ok(Edge { from: whole("from", from)?, to: whole("to", to)?, kind })
    };
    let edges: Vec<Edge> = inputs.table("edges").iter().map(edge).collect::<Result<_, _>>()?;
    let sources: Vec<u32> =
        inputs.list("sources").iter().map(|s| whole("sources", *s)).collect::<Result<_, _>>()?;
    let hangs = |row: &Vec<f64>| match row.as_slice() {
        &[at, customers] => Ok((whole("node", at)?, whole("customers", customers)?)),
        _ => Err(together("a row of customers has two figures")),
    };
    let customers: Vec<(u32, u32)> =
        inputs.table("customers").iter().map(hangs).collect::<Result<_, _>>()?;
    let last = edges.iter().flat_map(|e| [e.from, e.to]).max();
    let nodes = last.map_or(Some(0), |n| n.checked_add(1));
    let nodes = nodes.ok_or_else(|| together("a node has too large a number"))?;
    let network = Network::new(nodes, edges, sources, customers)?;
    let leak = usize::try_from(whole("leak", inputs.number("leak")?)?).unwrap_or(usize::MAX);
    let isolation = network.isolate(leak)?;
    let mut report = Report::default();
    let mut list = |name: &str, values: Vec<f64>| {
        let value = Value::List(values);
        report.outputs.push(Output { name: name.to_owned(), value, unit: "".into() });
    };
    list("shut", isolation.shut.iter().map(|v| count(*v)).collect());
    list("against_backflow", isolation.against_backflow.iter().map(|v| count(*v)).collect());
    list("dry_nodes", isolation.dry_nodes.iter().map(|n| f64::from(*n)).collect());
    list("sources_to_stop", isolation.sources_to_stop.iter().map(|n| f64::from(*n)).collect());
    let cut_off = u32::try_from(isolation.cut_off).unwrap_or(u32::MAX);
    report.put("cut_off", f64::from(cut_off), "");
    // Looked at once more from the other side: does a source press on the leak when these are shut?
    report.put("isolated", f64::from(u8::from(!network.fed(leak, &isolation.shut)?)), "");
    if !isolation.sources_to_stop.is_empty() {
        report.warnings.push(Warning::new(
            "source-inside",
            "泄漏段内有气（水、热）源，关阀不能隔离，须停供该源",
            "a source lies within the segment: valves do not isolate it, stop the source",
        ));
    }
    Ok(report)
}
