//! Every sentence that this side of the kernel says, in Chinese (the source) and English. No other file here holds text.

use std::fmt::Write as _;

use crate::{
    PointId, Text,
    danger::DangerArea,
    dispose::{CommandState, RunState, StepState},
    event::Call,
    push::{Notice, Protective},
    registry::{Post, Registry},
    watch::{Alarm, AlarmChange},
};

/// What wordings of packs ask for: `{place}` `{what}` `{person}` `{contact}` `{value}`.
#[derive(Clone, Copy)]
pub(crate) struct Filling<'a> {
    pub place: &'a str,
    pub what: &'a Text,
    pub person: &'a str,
    pub contact: &'a str,
    pub value: &'a Text,
}

/// A wording with everything filled in. That of a drill says so first.
pub(crate) fn fill(text: &Text, with: &Filling<'_>, drill: bool) -> Text {
    let one = |what: &str, value: &str| {
        text.fill(&[
            ("place", with.place),
            ("what", what),
            ("person", with.person),
            ("contact", with.contact),
            ("value", value),
        ])
    };
    let text = Text {
        zh: one(&with.what.zh, &with.value.zh).zh,
        en: one(&with.what.en, &with.value.en).en,
    };
    if drill { marked(&text) } else { text }
}

/// A text that says first that it is a drill.
pub(crate) fn marked(text: &Text) -> Text {
    Text { zh: format!("【演练】{}", text.zh), en: format!("[Drill] {}", text.en) }
}

/// A value with its unit, or the name of the state for a switch.
pub(crate) fn value(registry: &Registry, point: PointId, value: f64) -> Text {
    let Some(kind) = registry.point_kind(point) else {
        let text = number(value);
        return Text { zh: text.clone(), en: text };
    };
    let state = kind.states.iter().find(|(state, _)| (whole(*state) - value).abs() < 0.5);
    if let Some((_, text)) = state {
        return text.clone();
    }
    let text = match kind.unit.as_str() {
        "" | "1" => number(value),
        unit => format!("{} {unit}", number(value)),
    };
    Text { zh: text.clone(), en: text }
}

#[expect(clippy::cast_precision_loss, reason = "states of switches are small numbers")]
fn whole(state: i64) -> f64 {
    state as f64
}

/// At most two decimals, without zeros at the end.
fn number(value: f64) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// A post with whoever fills it.
pub(crate) fn post(post: &Post) -> String {
    format!("{} {}", post.name, post.person).trim().to_owned()
}

/// A post with whoever fills it and the telephone.
pub(crate) fn visitor(row: &Post) -> String {
    format!("{} {}", post(row), row.phone).trim().to_owned()
}

/// A place inside a facility, in words.
pub(crate) fn place(registry: &Registry, facility: &str, room: &str) -> String {
    let facility = registry.facilities.by_key(facility);
    let words = [
        facility.map_or("", |f| f.address.as_str()),
        facility.map_or("", |f| f.name.as_str()),
        room,
    ];
    words.iter().filter(|w| !w.is_empty()).copied().collect::<Vec<_>>().join(" ")
}

/// All-clear of an incident whose policy has no words for it.
pub(crate) fn all_clear() -> Text {
    Text::new(
        "【警报解除】{place}{what}险情已排除。",
        "[All clear] {what} at {place}: the danger is over.",
    )
}

/// To a post that is called because nobody acted in time.
pub(crate) fn called() -> Text {
    Text::new(
        "【任务】{place}{what}无人处置，请立即接手。",
        "[Task] {what} at {place}: nobody has acted. Take it now.",
    )
}

/// To a visitor: whom to visit.
pub(crate) fn visit<'a>(notices: impl Iterator<Item = &'a Notice>, drill: bool) -> Text {
    let mut text = Text::new("【任务】请立即上门查看：", "[Task] Go and see at once: ");
    for (notice, first) in notices.zip(std::iter::once(true).chain(std::iter::repeat(false))) {
        let needs = notice.needs.join(", ");
        for (all, gap) in [(&mut text.zh, "；"), (&mut text.en, "; ")] {
            if !first {
                all.push_str(gap);
            }
            all.push_str(&notice.name);
            for part in [&*notice.place, &*notice.address, needs.as_str()] {
                if !part.is_empty() {
                    all.push(' ');
                    all.push_str(part);
                }
            }
        }
    }
    if drill { marked(&text) } else { text }
}

/// What stands for a value in a danger that a call speaks of.
pub(crate) fn reported() -> Text {
    Text::new("有人报告", "reported")
}

/// How far a danger reaches, and with which wind.
pub(crate) fn danger(area: &DangerArea) -> Text {
    let mut text = Text::new("危险区：", "Danger area: ");
    if !area.refused.is_empty() {
        text.zh.push_str("模型无结果，按预定半径。");
        text.en.push_str("the model gave none, the circles of the policy hold.");
        return text;
    }
    for level in &area.levels {
        let reach = number(level.reach_m.round());
        // Writing to a text cannot fail.
        let _zh = write!(text.zh, "{} {reach} 米；", level.level);
        let _en = write!(text.en, "{} {reach} m; ", level.level);
    }
    let (zh, en) = match (area.air.wind_from_deg, area.air.wind_m_s) {
        (Some(from), Some(speed)) => {
            let (from, speed) = (number(from.round()), number(speed));
            (format!("风向 {from}°，风速 {speed} 米/秒"), format!("wind from {from}°, {speed} m/s"))
        }
        _ => ("风况不明".to_owned(), "wind unknown".to_owned()),
    };
    text.zh.push_str(&zh);
    text.en.push_str(&en);
    if area.air.stale {
        text.zh.push_str("（数据陈旧）");
        text.en.push_str(" (stale)");
    }
    text
}

/// A wind that was observed long ago.
pub(crate) fn stale_wind(age: crate::Ms) -> Text {
    let minutes = age.0 / 60_000;
    Text {
        zh: format!("风况为 {minutes} 分钟前的观测，可能已变。"),
        en: format!("The wind was observed {minutes} minutes ago and may have changed."),
    }
}

/// A model that refused.
pub(crate) fn no_model(why: &str) -> Text {
    Text {
        zh: format!("模型无法计算（{why}），按预定半径划定。"),
        en: format!("The model could not reckon ({why}): the circles of the policy hold."),
    }
}

/// A level that the model does not know for what leaks.
pub(crate) fn no_level(level: &str, metres: f64) -> Text {
    Text {
        zh: format!("模型未给出等级 {level}，该区按预定半径 {metres:.0} 米划定。"),
        en: format!(
            "The model gives no level {level}: its zone is the policy's circle of {metres:.0} m."
        ),
    }
}

/// Headline of a warning.
pub(crate) fn headline(place: &str, event: &Text, drill: bool) -> Text {
    let text = Text {
        zh: format!("{place}{}预警", event.zh),
        en: format!("Warning: {} at {place}", event.en),
    };
    if drill { marked(&text) } else { text }
}

/// Headline of the message that lifts a warning.
pub(crate) fn lifted(place: &str, event: &Text, drill: bool) -> Text {
    let text = Text {
        zh: format!("{place}{}预警解除", event.zh),
        en: format!("Warning lifted: {} at {place}", event.en),
    };
    if drill { marked(&text) } else { text }
}

/// A line about an alarm: what happened, with value and place.
pub(crate) fn alarm(registry: &Registry, change: AlarmChange, alarm: &Alarm) -> Text {
    let (zh, en) = alarm_change(change);
    let name = registry.rule(alarm.rule).map(|r| r.name.clone()).unwrap_or_default();
    let value = value(registry, alarm.point, alarm.value);
    let place = &alarm.place.place;
    let mut text = Text {
        zh: format!("{zh}：{}，{}，{place}", name.zh, value.zh),
        en: format!("{en}: {}, {}, {place}", name.en, value.en),
    };
    if let Some(by) = by_person(change).then_some(alarm.by.as_ref()).flatten() {
        let reason = if alarm.reason.is_empty() { None } else { Some(&alarm.reason) };
        append(&mut text, &format!("（{}", by.name), &format!(" ({}", by.name));
        if let Some(reason) = reason {
            append(&mut text, &format!("：{reason}"), &format!(": {reason}"));
        }
        append(&mut text, "）", ")");
    }
    text
}

fn append(text: &mut Text, zh: &str, en: &str) {
    text.zh.push_str(zh);
    text.en.push_str(en);
}

fn alarm_change(change: AlarmChange) -> (&'static str, &'static str) {
    use AlarmChange as C;
    match change {
        C::Raised => ("报警", "Alarm"),
        C::RaisedLevel => ("报警升级", "Alarm rose to a higher level"),
        C::LoweredLevel => ("报警降级", "Alarm fell to a lower level"),
        C::Returned => ("再次报警", "Alarm again"),
        C::Cleared => ("恢复正常", "Back to normal"),
        C::Acknowledged => ("报警已确认", "Alarm acknowledged"),
        C::Reset => ("报警已复位", "Alarm reset"),
        C::Shelved => ("报警已搁置", "Alarm shelved"),
        C::Unshelved => ("报警取消搁置", "Alarm back from the shelf"),
        C::Suppressed => ("设备检修，报警抑制", "Alarm suppressed: maintenance"),
        C::Unsuppressed => ("检修结束，报警恢复", "Alarm back: maintenance over"),
        C::OutOfService => ("设备停用", "Device out of service"),
        C::InService => ("设备恢复使用", "Device in service again"),
        C::Escalated => ("报警无人确认，上报", "Alarm not acknowledged: next step told"),
        C::Chattering => ("报警频繁抖动", "Alarm chatters"),
        C::Withdrawn => ("报警撤销", "Alarm withdrawn"),
    }
}

/// Whether a person made the change.
pub(crate) fn by_person(change: AlarmChange) -> bool {
    use AlarmChange as C;
    match change {
        C::Acknowledged
        | C::Reset
        | C::Shelved
        | C::Unshelved
        | C::Suppressed
        | C::OutOfService => true,
        C::Raised
        | C::RaisedLevel
        | C::LoweredLevel
        | C::Returned
        | C::Cleared
        | C::Unsuppressed
        | C::InService
        | C::Escalated
        | C::Chattering
        | C::Withdrawn => false,
    }
}

/// The line with which an incident begins.
pub(crate) fn opened(name: &Text, place: &str) -> Text {
    Text {
        zh: format!("事件建立：{}，{place}", name.zh),
        en: format!("Incident opened: {}, {place}", name.en),
    }
}

/// A line about a call.
pub(crate) fn call(call: &Call) -> Text {
    let who = format!("{} {}", call.caller, call.contact);
    let who = who.trim();
    let (zh, en) = if who.is_empty() { ("未留名", "no name") } else { (who, who) };
    let rest = [call.place.as_str(), call.text.as_str()];
    let rest = rest.iter().filter(|w| !w.is_empty()).copied().collect::<Vec<_>>().join(" ");
    Text { zh: format!("接报（{zh}）：{rest}"), en: format!("Call ({en}): {rest}") }
}

/// A line about a run as a whole.
pub(crate) fn run(name: &Text, state: RunState, reason: &str) -> Text {
    let (zh, en) = match state {
        RunState::Running => ("处置程序运行", "Program runs"),
        RunState::Held => ("处置程序暂停", "Program held"),
        RunState::TakenOver => ("处置程序转人工", "Program taken over by hand"),
        RunState::Done => ("处置程序完成", "Program done"),
        RunState::Failed => ("处置程序失败", "Program failed"),
    };
    let mut text = Text { zh: format!("{zh}：{}", name.zh), en: format!("{en}: {}", name.en) };
    if !reason.is_empty() {
        append(&mut text, &format!("，{reason}"), &format!(", {reason}"));
    }
    text
}

/// A line about a step of a run.
pub(crate) fn step(name: &Text, state: StepState, why: &Text, proof: Option<&Text>) -> Text {
    let (zh, en) = match state {
        StepState::Waiting => ("执行中", "under way"),
        StepState::Proved => ("已见效", "proved"),
        StepState::Already => ("已是目标状态", "already so"),
        StepState::Skipped => ("条件不符，跳过", "skipped"),
        StepState::Interlocked => ("联锁禁止", "forbidden by interlock"),
        StepState::Failed => ("失败", "failed"),
        StepState::NoTarget => ("没有可用设备", "no device"),
    };
    let mut text = Text { zh: format!("{}：{zh}", name.zh), en: format!("{}: {en}", name.en) };
    if !why.zh.is_empty() || !why.en.is_empty() {
        append(&mut text, &format!("，{}", why.zh), &format!(", {}", why.en));
    }
    if let Some(proof) = proof {
        append(&mut text, &format!("（{}）", proof.zh), &format!(" ({})", proof.en));
    }
    text
}

/// A line about a command; none for states that need no line.
pub(crate) fn command(
    label: &Text,
    device: &str,
    state: CommandState,
    reason: &str,
) -> Option<Text> {
    let (zh, en) = match state {
        CommandState::Waiting => ("指令待第二人批准", "Command waits for a second person"),
        CommandState::Issued => ("指令下达", "Command issued"),
        CommandState::Received => return None,
        CommandState::Done => ("指令执行完成", "Command done"),
        CommandState::Refused => ("设备拒绝指令", "Command refused by the device"),
        CommandState::Failed => ("指令执行失败", "Command failed"),
        CommandState::Expired => ("指令过期未答复", "Command expired without an answer"),
        CommandState::Withdrawn => ("指令已撤回", "Command withdrawn"),
    };
    let mut text = Text {
        zh: format!("{zh}：{} → {device}", label.zh),
        en: format!("{en}: {} → {device}", label.en),
    };
    if !reason.is_empty() {
        append(&mut text, &format!("（{reason}）"), &format!(" ({reason})"));
    }
    Some(text)
}

/// One line for a batch of notices: how many were told to do what.
pub(crate) fn people_told<'a>(counts: impl Iterator<Item = (&'a Protective, &'a u32)>) -> Text {
    let mut text = Text::default();
    let mut all = 0_u32;
    for (action, count) in counts {
        all = all.saturating_add(*count);
        let (zh, en) = protective(*action);
        // Writing to a text cannot fail.
        _ = write!(text.zh, "，{zh} {count}");
        _ = write!(text.en, ", {en} {count}");
    }
    Text {
        zh: format!("推送目标 {all} 个{}", text.zh),
        en: format!("{all} recipients targeted{}", text.en),
    }
}

fn protective(action: Protective) -> (&'static str, &'static str) {
    match action {
        Protective::Leave => ("撤离", "leave"),
        Protective::Shelter => ("就地避险", "shelter"),
        Protective::StayAway => ("禁止靠近", "stay away"),
        Protective::Task => ("任务", "task"),
        Protective::Inform => ("告知", "inform"),
        Protective::AllClear => ("解除", "all clear"),
    }
}

/// A line about one recipient.
pub(crate) fn recipient(notice: &Notice, what: (&str, &str)) -> Text {
    let who = format!("{} {}", notice.name, notice.place);
    let who = who.trim();
    let mut text = Text { zh: format!("{who}：{}", what.0), en: format!("{who}: {}", what.1) };
    if !notice.needs.is_empty() {
        let needs = notice.needs.join(", ");
        append(&mut text, &format!("（{needs}）"), &format!(" ({needs})"));
    }
    text
}

/// One line for many recipients of one state.
pub(crate) fn so_far(what: (&str, &str), count: u32) -> Text {
    Text {
        zh: format!("{}：累计 {count} 个", what.0), en: format!("{}: {count} so far", what.1)
    }
}

/// A line about a warning.
pub(crate) fn warning(headline: &Text, sequence: u32, cancel: bool) -> Text {
    let (zh, en) = match (cancel, sequence) {
        (true, _) => ("解除预警", "Warning lifted"),
        (false, 1) => ("发布预警", "Warning published"),
        (false, _) => ("更新预警", "Warning updated"),
    };
    Text { zh: format!("{zh}：{}", headline.zh), en: format!("{en}: {}", headline.en) }
}

/// A line about a call to a post.
pub(crate) fn escalation(role: &str, person: &str, phone: &str) -> Text {
    let who = format!("{person} {phone}");
    match who.trim() {
        "" => Text {
            zh: format!("呼叫 {role}：该岗位无人"),
            en: format!("{role} called, but nobody fills that post"),
        },
        who => Text {
            zh: format!("超时无人处置，呼叫 {role} {who}"),
            en: format!("Nobody acted in time: {role} called, {who}"),
        },
    }
}

/// A line about what a person did to the incident.
pub(crate) fn did(what: (&str, &str), detail: &str) -> Text {
    let mut text = Text::new(what.0, what.1);
    if !detail.is_empty() {
        append(&mut text, &format!("：{detail}"), &format!(": {detail}"));
    }
    text
}

/// A task that was given to posts.
pub(crate) fn task_given(text: &Text) -> Text {
    Text { zh: format!("下达任务：{}", text.zh), en: format!("Task given: {}", text.en) }
}

/// A task that would have sent people into a danger area that others have yet to leave.
pub(crate) fn people_first(zh: &str, en: &str) -> Text {
    Text {
        zh: format!("未下达（人员尚未撤离确认）：{zh}"),
        en: format!("Refused, people have not been confirmed out: {en}"),
    }
}

/// A line about the response level.
pub(crate) fn graded(grade: u8, reason: &str) -> Text {
    let roman = match grade {
        1 => "I",
        2 => "II",
        3 => "III",
        _ => "IV",
    };
    Text {
        zh: format!("响应等级 {roman} 级：{reason}"),
        en: format!("Response level {roman}: {reason}"),
    }
}

/// Adds who visits to a line about a recipient.
pub(crate) fn visited_by(text: &mut Text, visitor: &str) {
    if visitor.is_empty() {
        append(text, "，没有可派人员", ", nobody to send");
    } else {
        append(text, &format!("，派 {visitor}"), &format!(", {visitor} goes there"));
    }
}

/// What is said of recipients, and of what people did.
pub(crate) const ACKNOWLEDGED: (&str, &str) = ("已确认", "acknowledged");
pub(crate) const NEEDS_HELP: (&str, &str) = ("需要帮助", "needs help");
pub(crate) const VISITING: (&str, &str) = ("联系不上", "no channel reached them");
pub(crate) const VISITED: (&str, &str) = ("已上门找到", "visited and reached");
pub(crate) const UNREACHABLE: (&str, &str) = ("未能联系到", "could not be reached");
pub(crate) const TAKEN: (&str, &str) = ("接手事件", "Took the incident");
pub(crate) const TAKEN_FROM: (&str, &str) = ("接手事件，原处置人", "Took the incident over from");
pub(crate) const EVACUATED: (&str, &str) =
    ("现场确认人员已全部撤离", "Confirmed at the place: everybody has left");
pub(crate) const ALL_CLEAR: (&str, &str) = ("解除警报", "All clear");
pub(crate) const CLEAR_ASKED: (&str, &str) =
    ("申请解除警报，待第二人确认", "Asks for the all-clear, a second person must agree");
pub(crate) const CLOSED: (&str, &str) = ("关闭事件", "Closed the incident");
