//! From the file to kernel types.

use std::sync::Arc;

use helan_base::need::{BedsRule, GoodsRule, NeedRule, Needs};
use helan_kernel::{
    AreaCode, Ms, Position, Text, danger, dispose,
    event::Actor,
    push,
    registry::{self, RegistryChange},
    watch,
};

use super::{Pack, PackError, kinds, wire};

/// What conversion needs to know of the pack around it.
struct Head {
    key: String,
    author: Actor,
    signed_by: Actor,
}

impl Head {
    /// Name of a part of this pack; a name that has a `/` already belongs to another pack.
    fn name(&self, key: &str) -> Arc<str> {
        if key.contains('/') { key.into() } else { format!("{}/{key}", self.key).into() }
    }
}

pub(super) fn pack(file: wire::File) -> Result<Pack, PackError> {
    if !registry::is_device_key(&file.pack.key) {
        return Err(wrong("pack.key", "1 to 64 of a-z A-Z 0-9 . _ -"));
    }
    if file.pack.author == file.pack.signed_by {
        return Err(wrong("pack.signed_by", "must be another one than the author"));
    }
    let actor = |name: &str| Actor { account: format!("pack:{name}").into(), name: name.into() };
    let head = Head {
        key: file.pack.key.clone(),
        author: actor(&file.pack.author),
        signed_by: actor(&file.pack.signed_by),
    };
    references(&file)?;
    let mut changes = Vec::new();
    for profile in file.profile {
        changes.push(RegistryChange::PutProfile(self::profile(profile)?));
    }
    for program in file.program {
        changes.push(RegistryChange::PutProgram(self::program(&head, program)?));
    }
    for policy in file.policy {
        changes.push(RegistryChange::PutPolicy(self::policy(&head, policy)?));
    }
    for rule in file.rule {
        changes.push(RegistryChange::PutRule(self::rule(&head, rule)?));
    }
    changes.extend(file.facility.into_iter().map(|f| RegistryChange::PutFacility(facility(f))));
    changes.extend(file.post.into_iter().map(|p| RegistryChange::PutPost(post(p))));
    changes.extend(file.person.into_iter().map(|p| RegistryChange::PutPerson(person(p))));
    for device in file.device {
        changes.push(RegistryChange::PutDevice(self::device(device)?));
    }
    let kinds = file.kind.into_iter().map(kinds::kind).collect::<Result<_, _>>()?;
    if let Some(Err(why)) = file.risk.as_ref().map(helan_base::risk::Tables::check) {
        return Err(PackError::Value { place: "risk".into(), why });
    }
    for danger in &file.danger {
        danger
            .check()
            .map_err(|why| PackError::Value { place: format!("danger {}", danger.key), why })?;
    }
    for hours in &file.hours {
        hours.check().map_err(|why| wrong(format!("hours {}", hours.key), why))?;
    }
    let needs = needs(file.need, file.goods, file.beds)?;
    Ok(Pack {
        key: head.key,
        version: file.pack.version,
        name: text(file.pack.name),
        changes,
        kinds,
        risk: file.risk,
        dangers: file.danger,
        hours: file.hours,
        occupancy: file.occupancy,
        census: file.census,
        needs,
    })
}

/// What incidents ask for, each rule looked at.
fn needs(
    forces: Vec<NeedRule>,
    goods: Vec<GoodsRule>,
    beds: Vec<BedsRule>,
) -> Result<Needs, PackError> {
    for rule in &forces {
        rule.check().map_err(|why| wrong(format!("need {}", rule.key), why))?;
    }
    for rule in &goods {
        rule.check().map_err(|why| wrong(format!("goods {}", rule.key), why))?;
    }
    for rule in &beds {
        rule.check().map_err(|why| wrong(format!("beds {}", rule.key), why))?;
    }
    let needs = Needs { forces, goods, beds };
    needs.check().map_err(|why| wrong("need", why))?;
    Ok(needs)
}

/// A rule that names a program or a policy which nobody wrote would raise its alarm, and nothing would follow. Those of
/// other packs (with a `/` in their name) are not known here.
fn references(file: &wire::File) -> Result<(), PackError> {
    for rule in &file.rule {
        let programs = rule.programs.iter().filter(|key| !key.contains('/'));
        let missing = programs
            .map(|key| ("program", key, file.program.iter().any(|p| p.key == *key)))
            .chain(
                rule.policy
                    .iter()
                    .filter(|key| !key.contains('/'))
                    .map(|key| ("policy", key, file.policy.iter().any(|p| p.key == *key))),
            )
            .find(|(.., known)| !known);
        if let Some((what, key, _)) = missing {
            return Err(wrong(
                format!("rule {}", rule.key),
                format!("no {what} `{key}` in this pack"),
            ));
        }
    }
    Ok(())
}

fn wrong(place: impl Into<String>, why: impl Into<String>) -> PackError {
    PackError::Value { place: place.into(), why: why.into() }
}

fn text(t: wire::Text) -> Text {
    Text { zh: t.zh, en: t.en }
}

fn span(place: &str, span: &wire::Span) -> Result<Ms, PackError> {
    let word = span.0.trim();
    if word.is_empty() {
        return Ok(Ms(0));
    }
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = word.split_at_checked(digits).unwrap_or((word, ""));
    let scale = match unit.trim() {
        "ms" => 1,
        "s" => 1_000,
        "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(wrong(place, format!("`{word}` is no span: 500ms, 10s, 5min, 2h, 30d"))),
    };
    let number: i64 = number
        .parse()
        .map_err(|e: std::num::ParseIntError| wrong(place, format!("`{word}`: {e}")))?;
    number.checked_mul(scale).map(Ms).ok_or_else(|| wrong(place, format!("`{word}` is too long")))
}

fn position(p: [f64; 2]) -> Position {
    let [lon, lat] = p;
    Position { lon, lat }
}

fn profile(p: wire::Profile) -> Result<registry::Profile, PackError> {
    if p.point.is_empty() || p.point.len() > 64 {
        return Err(wrong(format!("profile {}", p.key), "needs 1 to 64 points"));
    }
    let points = p.point.into_iter().map(|point| {
        if point.min.is_finite() && point.max.is_finite() && point.min < point.max {
            Ok(registry::PointKind {
                name: point.name.into(),
                label: text(point.label),
                unit: point.unit,
                min: point.min,
                max: point.max,
                states: point.state.into_iter().map(|s| (s.value, text(s.label))).collect(),
                quantity: point.quantity.map(quantity),
            })
        } else {
            Err(wrong(format!("profile {} point {}", p.key, point.name), "min must be below max"))
        }
    });
    Ok(registry::Profile {
        name: text(p.name),
        points: points.collect::<Result<_, _>>()?,
        commands: p
            .command
            .into_iter()
            .map(|c| registry::CommandKind {
                name: c.name.into(),
                label: text(c.label),
                argument: c.argument.map(|[low, high]| (low, high)),
                irreversible: c.irreversible,
            })
            .collect(),
        key: p.key.into(),
    })
}

fn quantity(q: wire::Quantity) -> registry::Quantity {
    match q {
        wire::Quantity::WindSpeed => registry::Quantity::WindSpeed,
        wire::Quantity::WindFrom => registry::Quantity::WindFrom,
        wire::Quantity::AirTemperature => registry::Quantity::AirTemperature,
        wire::Quantity::Humidity => registry::Quantity::Humidity,
        wire::Quantity::Cloud => registry::Quantity::Cloud,
    }
}

fn rule(head: &Head, r: wire::Rule) -> Result<watch::Rule, PackError> {
    let place = format!("rule {}", r.key);
    let escalation = r
        .escalation
        .into_iter()
        .map(|e| Ok(watch::Escalation { after: span(&place, &e.after)?, role: e.role }));
    let rule = watch::Rule {
        key: head.name(&r.key),
        name: text(r.name),
        source: r.source,
        profile: r.profile.into(),
        point: r.point.into(),
        condition: condition(&place, r.condition)?,
        priority: priority(r.priority),
        on_delay: span(&place, &r.on_delay)?,
        off_delay: span(&place, &r.off_delay)?,
        latched: r.latched,
        acknowledge: r.acknowledge,
        escalation: escalation.collect::<Result<_, PackError>>()?,
        incident: match r.incident {
            Some(i) => Some(watch::IncidentKind {
                join_window: span(&place, &i.join_window)?,
                key: i.key.into(),
                code: i.code,
                name: text(i.name),
                join_metres: i.join_metres,
            }),
            None => None,
        },
        programs: r.programs.iter().map(|p| head.name(p)).collect(),
        policy: r.policy.map(|p| head.name(&p)),
        advice: text(r.advice),
        enabled: r.enabled,
    };
    if rule.is_valid() {
        Ok(rule)
    } else {
        Err(wrong(place, "numbers out of range or out of order"))
    }
}

fn condition(place: &str, c: wire::Condition) -> Result<watch::Condition, PackError> {
    use watch::Condition as To;
    use wire::Condition as From;
    Ok(match c {
        From::Limit { side: s, levels: l, deadband } => {
            To::Limit { side: side(s), levels: levels(l), deadband }
        }
        From::Rate { side: s, amount, window } => {
            To::Rate { side: side(s), amount, window: span(place, &window)? }
        }
        From::Votes { side: s, limit, deadband, m, n, window, levels: l } => To::Votes {
            side: side(s),
            limit,
            deadband,
            m,
            n,
            window: span(place, &window)?,
            levels: levels(l),
        },
        From::Neighbours { side: s, limit, deadband, m, within: w, window } => To::Neighbours {
            side: side(s),
            limit,
            deadband,
            m,
            within: within(w),
            window: span(place, &window)?,
        },
        From::Silence { after } => To::Silence { after: span(place, &after)? },
        From::Stuck { after, tolerance } => To::Stuck { after: span(place, &after)?, tolerance },
        From::BadQuality { after } => To::BadQuality { after: span(place, &after)? },
        From::Expression { cel } => To::Expression { cel },
    })
}

fn levels(levels: Vec<wire::Level>) -> Vec<watch::Level> {
    let one = |l: wire::Level| watch::Level { limit: l.limit, priority: priority(l.priority) };
    levels.into_iter().map(one).collect()
}

fn side(s: wire::Side) -> watch::Side {
    match s {
        wire::Side::High => watch::Side::High,
        wire::Side::Low => watch::Side::Low,
    }
}

fn priority(p: wire::Priority) -> watch::Priority {
    match p {
        wire::Priority::Low => watch::Priority::Low,
        wire::Priority::Medium => watch::Priority::Medium,
        wire::Priority::High => watch::Priority::High,
        wire::Priority::Critical => watch::Priority::Critical,
    }
}

fn within(w: wire::Within) -> watch::Within {
    match w {
        wire::Within::Room => watch::Within::Room,
        wire::Within::Facility => watch::Within::Facility,
        wire::Within::Metres(m) => watch::Within::Metres(m),
    }
}

fn program(head: &Head, p: wire::Program) -> Result<dispose::Program, PackError> {
    let place = format!("program {}", p.key);
    let steps = p.step.into_iter().map(|s| step(&place, s)).collect::<Result<_, _>>()?;
    let dry_run = p.dry_run.map(|d| dispose::DryRun {
        by: head.author.clone(),
        at: Ms(d.at),
        readings: d.readings,
        runs: d.runs,
    });
    let live = dry_run.is_some();
    let program = dispose::Program {
        key: head.name(&p.key),
        version: p.version,
        name: text(p.name),
        from_level: p.from_level,
        steps,
        status: if live { dispose::ProgramStatus::Live } else { dispose::ProgramStatus::Draft },
        author: head.author.clone(),
        dry_run,
        signed_by: live.then(|| head.signed_by.clone()),
    };
    if program.is_valid() {
        Ok(program)
    } else {
        Err(wrong(
            place,
            "1 to 32 steps, time limits up to an hour, at most 10 retries, jumps forward",
        ))
    }
}

fn step(place: &str, s: wire::Step) -> Result<dispose::Step, PackError> {
    let interlocks = s
        .interlock
        .into_iter()
        .map(|i| Ok(dispose::Interlock { check: check(place, i.check)?, why: text(i.why) }));
    Ok(dispose::Step {
        name: text(s.name),
        target: dispose::Target { profile: s.profile.into(), within: within(s.within) },
        command: s.command.into(),
        argument: s.argument,
        conditions: checks(place, s.condition)?,
        interlocks: interlocks.collect::<Result<_, PackError>>()?,
        proof: s.proof.map(|p| dispose::Proof {
            profile: p.profile.into(),
            point: p.point.into(),
            compare: compare(p.compare),
            value: p.value,
        }),
        time_limit: span(place, &s.time_limit)?,
        retries: s.retries,
        otherwise: match s.otherwise {
            wire::Otherwise::Continue => dispose::Otherwise::Continue,
            wire::Otherwise::Jump(to) => dispose::Otherwise::Jump(to),
            wire::Otherwise::Call(role) => dispose::Otherwise::Call(role),
        },
    })
}

fn checks(place: &str, list: Vec<wire::Check>) -> Result<Vec<dispose::Check>, PackError> {
    list.into_iter().map(|c| check(place, c)).collect()
}

fn check(place: &str, c: wire::Check) -> Result<dispose::Check, PackError> {
    Ok(match c {
        wire::Check::Value { profile, within: w, point, compare: how, value, max_age, unknown } => {
            dispose::Check::Value {
                profile: profile.into(),
                within: within(w),
                point: point.into(),
                compare: compare(how),
                value,
                max_age: span(place, &max_age)?,
                unknown,
            }
        }
        wire::Check::Attribute { name, value } => dispose::Check::Attribute { name, value },
        wire::Check::Level(level) => dispose::Check::Level(level),
        wire::Check::Any(list) => dispose::Check::Any(checks(place, list)?),
    })
}

fn compare(c: wire::Compare) -> dispose::Compare {
    match c {
        wire::Compare::Below => dispose::Compare::Below,
        wire::Compare::AtMost => dispose::Compare::AtMost,
        wire::Compare::Equal => dispose::Compare::Equal,
        wire::Compare::AtLeast => dispose::Compare::AtLeast,
        wire::Compare::Above => dispose::Compare::Above,
    }
}

fn policy(head: &Head, p: wire::Policy) -> Result<push::Policy, PackError> {
    let place = format!("policy {}", p.key);
    let cap = match p.cap {
        Some(c) => Some(push::CapRule {
            expires: span(&place, &c.expires)?,
            category: c.category,
            urgency: c.urgency,
            severity: c.severity,
            certainty: c.certainty,
        }),
        None => None,
    };
    let zones = p.zone.into_iter().map(|z| zone(&place, z)).collect::<Result<Vec<_>, _>>()?;
    let posts = p.post.into_iter().map(|r| {
        let ladder = ladder(&place, r.ladder)?;
        let says = |s: wire::Says| push::Says { attribute: s.attribute, value: s.value };
        let only_where = r.only_where.map(says);
        Ok(push::PostRule { role: r.role, wording: text(r.wording), ladder, only_where })
    });
    let levels = zones.iter().any(|z: &push::Zone| matches!(z.shape, push::Shape::Level { .. }));
    if levels && p.hazard.is_none() {
        return Err(wrong(place, "a zone by level needs a hazard model"));
    }
    Ok(push::Policy {
        hazard: p.hazard.map(hazard),
        on_call: p.on_call.into_iter().map(Into::into).collect(),
        key: head.name(&p.key),
        from_level: p.from_level,
        zones,
        posts: posts.collect::<Result<_, PackError>>()?,
        all_clear: text(p.all_clear),
        cap,
        visit: p.visit,
    })
}

fn hazard(h: wire::Hazard) -> danger::HazardRule {
    let input = |input| match input {
        wire::Input::Number(number) => danger::Input::Number(number),
        wire::Input::Word(word) => danger::Input::Word(word),
    };
    let inputs = h.inputs.into_iter().map(|(name, value)| (name, input(value))).collect();
    danger::HazardRule { model: h.model, inputs }
}

fn zone(place: &str, z: wire::Zone) -> Result<push::Zone, PackError> {
    let shape = match z.shape {
        wire::Shape::Room => push::Shape::Room,
        wire::Shape::Stair { floors } => push::Shape::Stair { floors },
        wire::Shape::Facility => push::Shape::Facility,
        wire::Shape::Radius { metres } => push::Shape::Radius { metres },
        wire::Shape::Polygon(points) => {
            let ring: Vec<Position> = points.into_iter().map(position).collect();
            if ring.len() < 4 || ring.first() != ring.last() {
                return Err(wrong(
                    place,
                    "a polygon needs at least 4 points, the first repeated last",
                ));
            }
            push::Shape::Polygon(ring)
        }
        wire::Shape::Level { level, fallback_metres } => {
            if !(fallback_metres.is_finite() && fallback_metres > 0.0) {
                return Err(wrong(place, "fallback_metres must be above 0"));
            }
            push::Shape::Level { level, fallback_metres }
        }
    };
    Ok(push::Zone {
        name: text(z.name),
        shape,
        action: match z.action {
            wire::Protective::Leave => push::Protective::Leave,
            wire::Protective::Shelter => push::Protective::Shelter,
            wire::Protective::StayAway => push::Protective::StayAway,
            wire::Protective::Task => push::Protective::Task,
            wire::Protective::Inform => push::Protective::Inform,
        },
        wording: text(z.wording),
        assisted: text(z.assisted),
        ladder: ladder(place, z.ladder)?,
    })
}

fn ladder(place: &str, rungs: Vec<wire::Rung>) -> Result<Vec<push::Rung>, PackError> {
    if rungs.is_empty() || rungs.len() > 8 {
        return Err(wrong(place, "a ladder has 1 to 8 channels"));
    }
    let one = |r: wire::Rung| {
        let channel = match r.channel {
            wire::Channel::Screen => push::Channel::Screen,
            wire::Channel::Sms => push::Channel::Sms,
            wire::Channel::Webhook => push::Channel::Webhook,
            wire::Channel::Loudspeaker => push::Channel::Loudspeaker,
            wire::Channel::Visit => push::Channel::Visit,
        };
        Ok(push::Rung { channel, wait: span(place, &r.wait)? })
    };
    rungs.into_iter().map(one).collect()
}

fn facility(f: wire::Facility) -> registry::Facility {
    registry::Facility {
        key: f.key,
        kind: f.kind,
        name: f.name,
        area: AreaCode(f.area),
        position: position(f.position),
        address: f.address,
        post: f.post,
    }
}

fn post(p: wire::Post) -> registry::Post {
    registry::Post {
        key: p.key,
        role: p.role,
        name: p.name,
        area: AreaCode(p.area),
        facility: p.facility,
        position: p.position.map(position),
        person: p.person,
        phone: p.phone,
        deputy: p.deputy,
    }
}

fn person(p: wire::Person) -> registry::Person {
    registry::Person {
        key: p.key,
        name: p.name,
        phone: p.phone,
        language: p.language,
        area: AreaCode(p.area),
        position: position(p.position),
        facility: p.facility,
        room: p.room,
        stair: p.stair,
        floor: p.floor,
        needs: p.needs,
    }
}

fn device(d: wire::Device) -> Result<registry::DeviceSpec, PackError> {
    if !registry::is_device_key(&d.key) {
        return Err(wrong(format!("device {}", d.key), "1 to 64 of a-z A-Z 0-9 . _ -"));
    }
    Ok(registry::DeviceSpec {
        key: d.key,
        profile: d.profile,
        name: d.name,
        area: AreaCode(d.area),
        position: position(d.position),
        facility: d.facility,
        room: d.room,
        stair: d.stair,
        floor: d.floor,
        post: d.post,
        camera: d.camera,
        gateway: d.gateway,
        attributes: d.attributes,
        drill: d.drill,
    })
}
