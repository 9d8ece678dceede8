//! Two to four options side by side: what each brings, costs, needs and risks, and why it stands where it stands.
//!
//! What protects people stands in front of what fights the danger. What puts people in danger is not to be done before the others
//! are out, and is never recommended. Waiting is shown beside the others, so that it is a decision and not a lapse.

use serde::{Deserialize, Serialize};

use crate::{
    condition::{Condition, Truth},
    facts::Facts,
    line::{ClauseRef, Missing},
    pack::{Library, PlanPack},
    scope::{Scope, Trace, Used, Value},
    template::Words,
    text::{Lang, Text, number},
};

/// Options that are shown: more are not weighed but skimmed.
pub const MAX_CHOICES: usize = 4;
/// Of them so many that protect people, so that what fights the danger is seen, too.
const MAX_PROTECTING: usize = 2;

/// What sort of option.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OptionKind {
    /// It takes people out of danger.
    Protect,
    /// It fights the danger.
    Control,
    /// It waits and watches.
    Wait,
}

/// An option of a pack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OptionRule {
    /// Key. An option of a pack for one kind takes the place of that of the same key in a pack for every kind.
    pub key: String,
    /// Name.
    pub name: Text,
    /// What sort.
    pub kind: OptionKind,
    /// When it can be done; not known: it is shown, and says what is to be known.
    pub when: Option<Condition>,
    /// Whether people have to go into the danger area for it.
    #[serde(default)]
    pub exposes: bool,
    /// Name of the fact that says how many people it protects.
    pub people: Option<String>,
    /// Name of the fact that says how long it takes, minutes.
    pub minutes: Option<String>,
    /// How long it is taken to take when that is not known, minutes.
    pub minutes_about: f64,
    /// Name of the fact that says which share (0 to 1) of the harm its people still take.
    pub dose: Option<String>,
    /// That share when it is not known.
    #[serde(default = "all")]
    pub dose_about: f64,
    /// What it brings.
    pub effect: Words,
    /// What it costs.
    pub cost: Words,
    /// Who does it.
    pub who: Words,
    /// What speaks against it.
    pub against: Vec<Against>,
    /// Key of the clause.
    pub clause: Option<String>,
}

const fn all() -> f64 {
    1.0
}

/// Something that speaks against an option.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Against {
    /// When it does; none: always.
    pub when: Option<Condition>,
    /// What.
    pub text: Words,
}

/// An option for these facts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// Key of the option.
    pub key: String,
    /// Name.
    pub name: Text,
    /// What sort.
    pub kind: OptionKind,
    /// What it brings.
    pub effect: Text,
    /// People it protects; none when that is not known, or it protects nobody by itself.
    pub people: Option<f64>,
    /// Share of the harm that they still take.
    pub dose: Option<f64>,
    /// How long it takes, minutes.
    pub minutes: f64,
    /// Names of numbers that the pack assumes because they are not known.
    pub assumed: Vec<Text>,
    /// What it costs.
    pub cost: Text,
    /// Who does it.
    pub who: Text,
    /// What speaks against it.
    pub against: Vec<Text>,
    /// Whether people have to go into the danger area for it.
    pub exposes: bool,
    /// Whether it may be done now: what exposes people waits for the roll-call of the others.
    pub allowed_now: bool,
    /// The clause it follows.
    pub clause: Option<ClauseRef>,
    /// The facts it rests on.
    pub inputs: Vec<Used>,
    /// The facts it lacks.
    pub missing: Vec<Missing>,
    /// Why it stands where it stands.
    pub why: Text,
}

/// An option that is not shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Key of the option.
    pub key: String,
    /// Name.
    pub name: Text,
    /// Why not.
    pub why: Text,
}

/// Options side by side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Options {
    /// The options, the best first.
    pub choices: Vec<Choice>,
    /// Key of the one that is recommended: the first that protects people.
    pub recommended: Option<String>,
    /// Those that are not shown.
    pub left_out: Vec<LeftOut>,
}

/// Puts the options for these facts side by side.
#[must_use]
pub fn options(library: &Library, facts: &Facts) -> Options {
    let scope = Scope::new(facts);
    let out =
        matches!(facts.find("people.evacuated").map(|found| found.value), Some(Value::Flag(true)));
    let mut left_out = Vec::new();
    let mut choices = Vec::new();
    for (pack, rule) in library.option_rules(facts) {
        match weigh(pack, rule, &scope, out) {
            Ok(choice) => choices.push(choice),
            Err(why) => {
                left_out.push(LeftOut { key: rule.key.clone(), name: rule.name.clone(), why });
            }
        }
    }
    rank(&mut choices);
    let shown = shown(&choices);
    let mut kept = Vec::new();
    for (choice, shown) in choices.into_iter().zip(shown) {
        if shown {
            kept.push(choice);
        } else {
            let why = Text::new("排名靠后，不再列出", "ranked below those that are shown");
            left_out.push(LeftOut { key: choice.key, name: choice.name, why });
        }
    }
    explain(&mut kept);
    let protects = |choice: &&Choice| choice.kind == OptionKind::Protect && choice.allowed_now;
    let recommended = kept.iter().find(protects).map(|choice| choice.key.clone());
    Options { choices: kept, recommended, left_out }
}

fn ask(key: Option<&str>, scope: &Scope<'_>, trace: &mut Trace) -> Option<f64> {
    match scope.ask(key?, trace)? {
        Value::Number(value) => Some(value),
        Value::Words(_) | Value::Flag(_) | Value::Time(_) => None,
    }
}

/// An option with its numbers; or why it cannot be done.
fn weigh(pack: &PlanPack, rule: &OptionRule, scope: &Scope<'_>, out: bool) -> Result<Choice, Text> {
    let mut trace = Trace::default();
    if let Some(when) = &rule.when
        && when.holds(scope, &mut trace) == Truth::No
    {
        let facts: Vec<&Used> = trace.used.values().collect();
        let say = |lang, mark: &str| {
            let each = facts
                .iter()
                .map(|used| format!("{}: {}", used.label.get(lang), used.value.get(lang)));
            each.collect::<Vec<_>>().join(mark)
        };
        return Err(Text::new(
            format!("条件不满足（{}）", say(Lang::Zh, "；")),
            format!("its condition does not hold ({})", say(Lang::En, "; ")),
        ));
    }
    let mut assumed = Vec::new();
    let people = ask(rule.people.as_deref(), scope, &mut trace);
    let minutes = ask(rule.minutes.as_deref(), scope, &mut trace).unwrap_or_else(|| {
        assumed.push(Text::new("所需时间", "time it takes"));
        rule.minutes_about
    });
    let dose = (rule.kind == OptionKind::Protect).then(|| {
        ask(rule.dose.as_deref(), scope, &mut trace).unwrap_or_else(|| {
            assumed.push(Text::new("受害剂量比", "share of the harm"));
            rule.dose_about
        })
    });
    let effect = rule.effect.fill(scope, &mut trace);
    let cost = rule.cost.fill(scope, &mut trace);
    let who = rule.who.fill(scope, &mut trace);
    let mut against = Vec::new();
    for argument in &rule.against {
        let holds = argument.when.as_ref().map_or(Truth::Yes, |when| when.holds(scope, &mut trace));
        // What may speak against it is said as long as nobody knows better.
        if holds != Truth::No {
            against.push(argument.text.fill(scope, &mut trace));
        }
    }
    Ok(Choice {
        key: rule.key.clone(),
        name: rule.name.clone(),
        kind: rule.kind,
        effect,
        people,
        dose,
        minutes,
        assumed,
        cost,
        who,
        against,
        exposes: rule.exposes,
        allowed_now: !rule.exposes || out,
        clause: rule.clause.as_deref().and_then(|key| pack.clause_ref(key)),
        inputs: trace.used.into_values().collect(),
        missing: trace.missing.into_iter().map(|(key, label)| Missing { key, label }).collect(),
        why: Text::default(),
    })
}

/// People spared: those it protects, less the share of the harm that they still take.
fn spared(choice: &Choice, unknown: f64) -> f64 {
    choice.people.unwrap_or(unknown) * (1.0 - choice.dose.unwrap_or(0.0)).clamp(0.0, 1.0)
}

/// What protects, what may be done now, what has to wait, waiting; among equals who spares most people, then who is quickest.
fn rank(choices: &mut [Choice]) {
    // Where the number of people is not known an option may protect as many as the best of the others.
    let most = choices.iter().filter_map(|choice| choice.people).fold(1.0, f64::max);
    choices.sort_by(|a, b| {
        let class = |choice: &Choice| (choice.kind, !choice.allowed_now);
        class(a)
            .cmp(&class(b))
            .then_with(|| spared(b, most).total_cmp(&spared(a, most)))
            .then_with(|| a.minutes.total_cmp(&b.minutes))
            .then_with(|| a.key.cmp(&b.key))
    });
}

/// Which of the ranked options are shown.
fn shown(choices: &[Choice]) -> Vec<bool> {
    let mut shown = vec![false; choices.len()];
    let mut left = MAX_CHOICES;
    let protects = |choice: &Choice| choice.kind == OptionKind::Protect;
    let mut take = |wanted: &dyn Fn(&Choice) -> bool, most: usize| {
        let mut most = most.min(left);
        for (choice, shown) in choices.iter().zip(&mut shown) {
            if most > 0 && !*shown && wanted(choice) {
                *shown = true;
                most -= 1;
                left -= 1;
            }
        }
    };
    take(&protects, MAX_PROTECTING);
    take(&|choice| choice.kind == OptionKind::Control, MAX_CHOICES);
    take(&protects, MAX_CHOICES);
    take(&|_| true, MAX_CHOICES);
    shown
}

fn explain(choices: &mut [Choice]) {
    let first = choices.first().map(|choice| choice.name.clone()).unwrap_or_default();
    for (place, choice) in choices.iter_mut().enumerate() {
        choice.why = match choice.kind {
            OptionKind::Protect => protects(choice, (place > 0).then_some(&first)),
            OptionKind::Control if !choice.allowed_now => Text::new(
                "需要人员进入危险区，须待应撤人员全部撤出并清点后实施，此前不推荐",
                "people have to go into the danger area: only after everybody else is out by roll-call, not recommended before",
            ),
            OptionKind::Control => Text::new(
                "控制危险源，与防护行动同时进行，不能代替防护行动",
                "it fights the danger, beside the protection of people and not in its place",
            ),
            OptionKind::Wait => Text::new(
                "仅作对照，不推荐：等待期间人员继续暴露",
                "for comparison only, not recommended: people stay exposed meanwhile",
            ),
        };
    }
}

fn protects(choice: &Choice, behind: Option<&Text>) -> Text {
    let minutes = number(choice.minutes);
    let rest = choice.dose.map(|dose| number((dose * 100.0).round())).unwrap_or_default();
    let (people_zh, people_en) = match choice.people {
        Some(people) => (format!("{}人", number(people)), format!("{} people", number(people))),
        None => ("人数待核实的人员".to_owned(), "people, their number not known,".to_owned()),
    };
    let assumed = !choice.assumed.is_empty();
    let (mark_zh, mark_en) =
        if assumed { ("（含假定值）", " (with assumed numbers)") } else { ("", "") };
    let zh = format!("保护{people_zh}，剩余受害剂量约{rest}%，约需{minutes}分钟{mark_zh}");
    let en = format!(
        "it protects {people_en} who still take about {rest} % of the harm, in about {minutes} min{mark_en}"
    );
    match behind {
        Some(first) => Text::new(
            format!("{zh}；效果不及“{}”", first.zh),
            format!("{en}; less than “{}”", first.en),
        ),
        None => Text::new(
            format!("{zh}；在防护选项中减少伤害最多，列第一"),
            format!("{en}; of what protects people it spares most, so it is first"),
        ),
    }
}
