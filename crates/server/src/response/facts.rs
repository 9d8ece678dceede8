//! What is known of an incident, as plans ask for it: every value with its source.

use anyhow::Result;
use helan_base::Class;
use helan_hazard::substance;
use helan_kernel::{
    Position, Text,
    danger::{DangerArea, Input},
    weather::{AirSource, Weather},
};
use helan_plan::{self as plan, Fact, Facts, Listed, Source, SourceKind};
use helan_route::Left;

use super::{Question, away::Away, forces::Coming, known, names, stay::Cloud, suppose::mark};
use crate::{
    api::{Api, level},
    inside,
    roads::{Now, SUPPOSED},
};

/// Roads farther away are closed for others.
const NEAR_M: f64 = 30_000.0;
/// Closed roads that are named.
const MOST_ROADS: usize = 50;

/// An action at the site: what a program does now.
#[derive(Clone, Debug)]
pub struct Control {
    /// Number of the run, and of the step.
    pub key: String,
    /// What.
    pub name: Text,
    /// How it stands.
    pub state: plan::ControlState,
}

fn words(text: &Text) -> plan::Text {
    plan::Text::new(text.zh.clone(), text.en.clone())
}

fn same(text: &str) -> plan::Text {
    plan::Text::same(text.to_owned())
}

/// Everything that is known.
///
/// # Errors
/// When a store cannot be read.
pub fn gather(
    api: &Api,
    question: &Question,
    roads: &Now,
    away: &Away,
    forces: &[Coming],
) -> Result<Facts> {
    let now = plan::Ms(question.now.0);
    let register =
        || Source::new(SourceKind::Row, "base", plan::Text::new("应急基础数据库", "base database"));
    let mut facts = Facts { now, incident: incident(api, question), ..Facts::default() };
    // The worst first; what it does not say, another may.
    for danger in &question.dangers {
        follow(&mut facts, question, danger);
    }
    if let Some(substance) = &mut facts.substance {
        let clouds = Cloud::of(question);
        substance.value.dense = (!clouds.is_empty()).then(|| clouds.iter().any(Cloud::is_dense));
    }
    facts.zones = zones(question);
    if let Some(grade) = question.incident.grade.and_then(level) {
        let source = Source::new(
            SourceKind::Person,
            format!("incident/{}", question.incident.id),
            plan::Text::new("响应定级", "level as decided"),
        );
        facts.decided.level = Some(Fact::new(grade, source, plan::Ms(question.incident.changed.0)));
    }
    if let Some(inside) = &question.inside {
        count(&mut facts, api, inside, question.private);
    }
    facts.evacuated = Some(evacuated(question));
    known::harm(&mut facts, api, question)?;
    known::beds(&mut facts, api, question)?;
    known::doses(&mut facts, away, now);
    facts.blocks = Some(blocks(api, away, now));
    facts.teams = Some(Listed {
        rows: forces.iter().map(|team| Fact::new(force(api, team), row_of(team), now)).collect(),
        source: register(),
        at: now,
    });
    facts.roads = Some(closed(question, roads, now));
    facts.controls = Some(Listed {
        rows: question
            .controls
            .iter()
            .map(|control| Fact::new(done(control), site(control), now))
            .collect(),
        source: Source::new(
            SourceKind::Reading,
            "runs",
            plan::Text::new("现场处置程序", "programs at the site"),
        ),
        at: now,
    });
    mark(&mut facts, &question.supposed);
    Ok(facts)
}

/// Whether everybody is out. Somebody says so; or all who were told to leave have answered, and nobody else is there.
fn evacuated(question: &Question) -> Fact<bool> {
    if let Some(by) = &question.incident.evacuated {
        let source = Source::new(SourceKind::Person, by.account.to_string(), same(&by.name));
        return Fact::new(true, source, plan::Ms(question.incident.changed.0));
    }
    let answered = question.told > 0 && question.leaving == 0 && question.uncounted == 0;
    let roll =
        Source::new(SourceKind::Person, "roll-call", plan::Text::new("撤离清点", "roll-call"));
    Fact::new(answered, roll, plan::Ms(question.now.0))
}

fn incident(api: &Api, question: &Question) -> plan::Incident {
    let incident = &question.incident;
    let reference = format!("incident/{}", incident.id);
    let source = || {
        Source::new(
            SourceKind::Reading,
            reference.clone(),
            plan::Text::new("事件档案", "incident file"),
        )
    };
    let at = plan::Ms(incident.opened.0);
    let area = api.base.area_lines().iter().find(|line| line.code == incident.area);
    plan::Incident {
        kind: Some(Fact::new(incident.kind.to_string(), source(), at)),
        name: Some(Fact::new(words(&incident.name), source(), at)),
        place: (!incident.place.is_empty()).then(|| Fact::new(same(&incident.place), source(), at)),
        area: area.map(|area| Fact::new(same(area.name), source(), at)),
        opened: Some(Fact::new(at, source(), at)),
        drill: Some(Fact::new(incident.drill, source(), at)),
        over: Some(Fact::new(incident.all_clear, source(), plan::Ms(incident.changed.0))),
    }
}

/// Whether anybody has set a limit to breathing it.
fn is_toxic(substance: &substance::Substance) -> bool {
    let limits = &substance.limits;
    limits.idlh_ppm.is_some()
        || limits.aegl.iter().any(Option::is_some)
        || limits.erpg_ppm.iter().any(Option::is_some)
}

/// The model of a danger vouches for what it was told and says; of what is only supposed nobody does.
fn by_model(question: &Question, danger: &DangerArea, reference: &str) -> Source {
    let label =
        plan::Text::new(format!("模型 {}", danger.model), format!("model {}", danger.model));
    let source = Source::new(SourceKind::Model, format!("{}#{reference}", danger.model), label);
    if question.supposed.is(danger) { source.supposed() } else { source }
}

/// What the model was told and says.
fn follow(facts: &mut Facts, question: &Question, danger: &DangerArea) {
    let at = plan::Ms(danger.made.0);
    let model = |reference: &str| by_model(question, danger, reference);
    let number = |name: &str| match danger.inputs.get(name) {
        Some(Input::Number(value)) => Some(*value),
        _ => None,
    };
    if let Some(Input::Word(name)) = danger.inputs.get("substance")
        && let Ok(found) = substance::find(name)
    {
        let row = plan::Substance {
            key: found.key.to_string(),
            name: plan::Text::new(found.zh, found.en),
            un: found.un.map(u32::from),
            toxic: Some(is_toxic(found)),
            flammable: Some(found.lel.is_some()),
            ..plan::Substance::default()
        };
        facts.substance.get_or_insert_with(|| Fact::new(row, model("substance"), at));
    }
    if let Some(kg) = number("mass_kg") {
        facts.release.amount_kg.get_or_insert_with(|| Fact::new(kg, model("mass_kg"), at));
    }
    if let Some(kg_s) = number("rate_kg_s") {
        facts.release.rate_kg_s.get_or_insert_with(|| Fact::new(kg_s, model("rate_kg_s"), at));
    }
    let air = &danger.air;
    let observed = plan::Ms(air.at.0);
    let source = match &air.source {
        // A wind that somebody supposes.
        AirSource::None if question.supposed.is(danger) && air.wind_m_s.is_some() => {
            Some(model("air"))
        }
        AirSource::None => None,
        AirSource::Station(key) => {
            Some(Source::new(SourceKind::Reading, format!("device/{key}"), same(key)))
        }
        AirSource::Feed(key) => {
            Some(Source::new(SourceKind::Reading, format!("feed/{key}"), same(key)))
        }
        AirSource::Hand { by, .. } => {
            Some(Source::new(SourceKind::Person, by.account.to_string(), same(&by.name)))
        }
    };
    if let Some(source) = source {
        let wind = plan::Wind {
            from_deg: air.wind_from_deg,
            speed_m_s: air.wind_m_s,
            // Whoever made the area held it old already, or it has become so since.
            stale: Some(air.stale || question.now.since(air.at) > Weather::FRESH),
        };
        facts.wind.get_or_insert_with(|| Fact::new(wind, source.clone(), observed));
        if let Some(t) = air.temperature_c {
            facts.weather.temperature_c.get_or_insert_with(|| Fact::new(t, source, observed));
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "people, far below 2^53"
)]
fn whole(people: f64) -> u64 {
    people.round().max(0.0) as u64
}

/// Who and what is inside.
fn count(facts: &mut Facts, api: &Api, answer: &inside::Answer, private: bool) {
    let (inside, at) = (&answer.inside, plan::Ms(answer.at.0));
    let oldest = plan::Ms(inside.oldest.unwrap_or(answer.at).0);
    let source = Source::new(
        SourceKind::Row,
        "danger/inside",
        plan::Text::new("登记、客流与普查", "registers, counters and census"),
    );
    let hour = u8::try_from(answer.when.hour).ok();
    let rows = answer.levels.iter().zip(&inside.levels).zip(1_u32..).map(|((key, item), rank)| {
        plan::PeopleIn {
            zone: key.clone(),
            name: names::level(key),
            rank,
            hour,
            count: Some(whole(item.now.expected)),
            vulnerable: Some(whole(item.vulnerable_total.expected)),
        }
    });
    let rows = rows.map(|row| Fact::new(row, source.clone(), oldest)).collect();
    facts.people = Some(Listed { rows, source: source.clone(), at });
    let row_of = |place: &inside::Place| {
        let kind = api.base.kind(place.kind).map_or("", |kind| kind.key.as_str());
        Source::new(SourceKind::Row, format!("{kind}/{}", place.key), same(&place.name))
    };
    let level = |place: &inside::Place| {
        answer.levels.get(place.level).map_or_else(plan::Text::default, |key| names::level(key))
    };
    let shown = |place: &&inside::Place| {
        private || api.base.kind(place.kind).is_some_and(|kind| !kind.private_name)
    };
    let places = inside.facilities.iter().filter(shown);
    let (dangerous, others): (Vec<_>, Vec<_>) =
        places.partition(|place| place.class == Class::Hazard);
    let rows = others.iter().map(|place| {
        let row = plan::Facility {
            key: place.key.to_string(),
            name: same(&place.name),
            kind: match place.class {
                Class::School => plan::FacilityKind::School,
                Class::Hospital | Class::NursingHome => plan::FacilityKind::Hospital,
                Class::Crowded => plan::FacilityKind::Crowded,
                Class::Shelter | Class::Force | Class::Hazard => plan::FacilityKind::Other,
            },
            zone: level(place),
            people: place.people.map(|people| whole(people.expected)),
            distance_m: place.metres,
            contact: None,
        };
        Fact::new(row, row_of(place), plan::Ms(place.checked.unwrap_or(answer.at).0))
    });
    facts.facilities = Some(Listed { rows: rows.collect(), source: source.clone(), at });
    let rows = dangerous.iter().map(|place| {
        let row = plan::Secondary {
            key: place.key.to_string(),
            name: same(&place.name),
            what: plan::Text::new("被引燃、引爆", "be set off"),
            distance_m: place.metres,
            minutes: None,
        };
        Fact::new(row, row_of(place), plan::Ms(place.checked.unwrap_or(answer.at).0))
    });
    facts.secondary = Some(Listed { rows: rows.collect(), source, at });
}

fn zones(question: &Question) -> Option<Listed<plan::Zone>> {
    let first = question.dangers.first()?;
    let source = |danger: &DangerArea| by_model(question, danger, &danger.version.to_string());
    // A level that is reached nowhere is no ground.
    let levels = question.dangers.iter().flat_map(|danger| {
        let reached = danger.levels.iter().filter(|level| !level.rings.is_empty());
        reached.map(move |level| (danger, level))
    });
    let mut levels: Vec<_> = levels.collect();
    levels.sort_by_key(|(_, level)| std::cmp::Reverse(level.severity));
    let several = question.dangers.len() > 1;
    let rows = levels.iter().zip(1_u32..).map(|((danger, level), rank)| {
        // Two dangers may have the same level.
        let key = match several {
            true => format!("{}/{}", danger.policy, level.level),
            false => level.level.clone(),
        };
        let row = plan::Zone {
            key,
            name: names::level(&level.level),
            rank,
            area_m2: Some(level.surface_m2),
            reach_m: Some(level.reach_m),
            model: same(&danger.model),
            holds_min: None,
        };
        Fact::new(row, source(danger), plan::Ms(danger.made.0))
    });
    let rows = rows.collect();
    Some(Listed { rows, source: source(first), at: plan::Ms(first.made.0) })
}

fn blocks(api: &Api, away: &Away, now: plan::Ms) -> Listed<plan::Block> {
    let source = Source::new(
        SourceKind::Model,
        "evacuation",
        plan::Text::new("疏散路径计算", "evacuation over the road network"),
    );
    let name = |block: &super::away::BlockAway| {
        let area = api.base.area_lines().iter().find(|line| line.code == block.area);
        let area = area.map_or_else(|| block.area.0.to_string(), |line| line.name.to_string());
        let place = short(block.at);
        plan::Text::new(format!("{area}（{place}）片区"), format!("block at {place}, {area}"))
    };
    let rows = away.blocks.iter().map(|block| {
        let shelter = block.shelter.and_then(|number| away.shelters.get(number));
        plan::Block {
            key: block.key.clone(),
            name: name(block),
            people: Some(block.people.into()),
            assisted: Some(block.cannot_walk.into()),
            no_car: Some(block.without_car.into()),
            advice: if block.leaves { plan::Advice::Leave } else { plan::Advice::Shelter },
            route: (!block.roads.is_empty()).then(|| same(&block.roads.join("—"))),
            shelter: shelter.map(|shelter| same(&shelter.name)),
            shelter_free: shelter.map(|shelter| shelter.free.into()),
            clearance_min: (block.cleared_s > 0.0).then_some(block.cleared_s / 60.0),
            start_min: (block.cleared_s > 0.0).then_some(block.leave_s / 60.0),
        }
    });
    let rows = rows.map(|row| Fact::new(row, source.clone(), now)).collect();
    Listed { rows, source, at: now }
}

fn short(at: Position) -> String {
    format!("{:.3}, {:.3}", at.lon, at.lat)
}

fn row_of(team: &Coming) -> Source {
    Source::new(SourceKind::Row, format!("{}/{}", team.kind, team.key), same(&team.name))
}

fn force(api: &Api, team: &Coming) -> plan::Force {
    let facts = api.risks.facts();
    let answers = facts.dangers().iter().find(|danger| danger.key == team.answers);
    plan::Force {
        key: format!("{}/{}", team.kind, team.key),
        name: same(&team.name),
        what: answers.map_or_else(
            || same(&team.answers),
            |danger| plan::Text::new(danger.name.zh.clone(), danger.name.en.clone()),
        ),
        travel_min: team.there_min(),
        ..plan::Force::default()
    }
}

fn closed(question: &Question, roads: &Now, now: plan::Ms) -> Listed<plan::ClosedRoad> {
    let source = Source::new(SourceKind::Row, "roads", plan::Text::new("道路管制", "closed roads"));
    let sources = question.dangers.iter().map(|danger| danger.source);
    let middles: Vec<Position> = sources.chain(question.incident.position).collect();
    let near = |at: Position| {
        middles.is_empty() || middles.iter().any(|middle| at.metres_to(*middle) <= NEAR_M)
    };
    let closed = roads.closed.iter().filter(|road| near(road.at)).take(MOST_ROADS);
    let mut rows: Vec<plan::ClosedRoad> = closed
        .map(|road| plan::ClosedRoad {
            key: road.key.clone(),
            name: match road.key.strip_prefix(SUPPOSED) {
                Some(number) => plan::Text::new(
                    format!("推演假设封闭的道路{number}"),
                    format!("roads supposed to be closed {number}"),
                ),
                None => same(&road.name),
            },
            why: if road.why.is_empty() {
                plan::Text::new("已管制", "closed")
            } else {
                same(&road.why)
            },
            detour: None,
        })
        .collect();
    if !question.incident.zones.is_empty() {
        rows.push(plan::ClosedRoad {
            key: "danger".to_owned(),
            name: plan::Text::new("危险区内道路", "roads into the danger area"),
            why: plan::Text::new("危险区只出不进", "people may leave, nobody enters"),
            detour: None,
        });
    }
    let rows = rows.into_iter().map(|row| Fact::new(row, source.clone(), now)).collect();
    Listed { rows, source, at: now }
}

fn done(control: &Control) -> plan::Control {
    plan::Control { key: control.key.clone(), name: words(&control.name), state: control.state }
}

fn site(control: &Control) -> Source {
    Source::new(SourceKind::Reading, format!("run/{}", control.key), words(&control.name))
}

/// Why people are not brought away, as a word.
#[must_use]
pub const fn left(why: Left) -> &'static str {
    match why {
        Left::NoRoad => "no-road",
        Left::NoWay => "no-way",
        Left::ShelterFull => "shelter-full",
        Left::NoVehicle => "no-vehicle",
    }
}
