//! The names by which rules, options and templates ask for facts: a closed list, so that a pack with a wrong name is refused.

use crate::{
    facts::{Fact, Facts, Listed, Quake, STALE_WIND_MIN, Sheltering, Source, Substance, Wind},
    row::{Advice, FacilityKind, Force, Item, Row, items},
    scope::{Found, Value},
    text::{MINUTE_MS, Ms, Text},
};

/// The name of a single value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// The name.
    pub key: &'static str,
    /// For people, Chinese.
    pub zh: &'static str,
    /// For people, English; the unit in brackets.
    pub en: &'static str,
}

const fn key(key: &'static str, zh: &'static str, en: &'static str) -> Key {
    Key { key, zh, en }
}

/// All single values. Those that are sums or extremes of a list are missing when a row of it lacks the number.
pub const KEYS: &[Key] = &[
    key("incident.kind", "事件类型代码", "kind of incident (key)"),
    key("incident.name", "事件类型", "kind of incident"),
    key("incident.place", "事发地点", "place"),
    key("incident.area", "所属辖区", "area"),
    key("incident.opened", "接报时间", "time of the first report"),
    key("incident.drill", "是否演练", "whether it is a drill"),
    key("incident.over", "险情是否已宣布排除", "whether the danger was declared over"),
    key("substance.key", "物质代码", "substance (key)"),
    key("substance.name", "物质名称", "substance"),
    key("substance.un", "UN 编号", "UN number"),
    key("substance.toxic", "是否有毒", "whether it poisons"),
    key("substance.flammable", "是否易燃", "whether it burns"),
    key("substance.dense", "是否重于空气", "whether it is heavier than air"),
    key("substance.soluble", "是否溶于水", "whether water takes it out of the air"),
    key("substance.water_reactive", "是否遇水反应", "whether it must not meet water"),
    key("release.amount_kg", "泄漏量（千克）", "amount (kg)"),
    key("release.rate_kg_s", "泄漏速率（千克/秒）", "rate of release (kg/s)"),
    key("release.stopped", "泄漏源是否已控制", "whether the source is stopped"),
    key("release.ignited", "是否已着火", "whether it burns already"),
    key("wind.from_deg", "风向（来向）", "wind direction (from)"),
    key("wind.speed_m_s", "风速（米/秒）", "wind speed (m/s)"),
    key("wind.at", "风的观测时间", "time of the wind observation"),
    key("wind.stale", "风的观测是否过期", "whether the wind is old"),
    key("weather.temperature_c", "气温（℃）", "temperature (°C)"),
    key("weather.rain_mm_h", "雨强（毫米/小时）", "rain (mm/h)"),
    key("weather.forecast", "天气趋势", "forecast"),
    key("zone.name", "最危险区名称", "worst level"),
    key("zone.area_m2", "最危险区面积（平方米）", "area of the worst level (m²)"),
    key("zone.reach_m", "影响最远距离（米）", "farthest reach (m)"),
    key("zone.model", "影响范围计算模型", "model of the footprint"),
    key("people.inside", "影响范围内人数", "people inside"),
    key("people.worst", "最危险区内人数", "people inside the worst level"),
    key("people.vulnerable", "影响范围内需帮助人数", "people inside who need help"),
    key("people.evacuated", "应撤人员是否清点撤完", "whether everybody is out by roll-call"),
    key("facilities.count", "影响范围内重点场所数", "places inside"),
    key("facilities.schools", "影响范围内学校数", "schools inside"),
    key("facilities.hospitals", "影响范围内医疗养老机构数", "hospitals and care homes inside"),
    key("facilities.crowded", "影响范围内人员密集场所数", "crowded places inside"),
    key("secondary.count", "次生危险源数", "secondary hazards"),
    key("roads.count", "封控道路数", "closed roads"),
    key("leaving.people", "需撤离人数", "people who leave"),
    key("leaving.clearance_min", "全部撤出所需时间（分钟）", "until the last one is out (min)"),
    key("leaving.dose", "撤离途中受害剂量比", "toxic load on the way out (share)"),
    key("sheltering.people", "就地避险人数", "people who shelter in place"),
    key("sheltering.dose", "室内受害剂量比", "toxic load indoors (share)"),
    key("sheltering.minutes", "室内可防护时间（分钟）", "for how long rooms protect (min)"),
    key("teams.first_min", "最近队伍到场时间（分钟）", "first team there after (min)"),
    key("teams.count", "可调队伍数", "teams that may come"),
    key("vehicles.first_min", "最近车辆到场时间（分钟）", "first vehicle there after (min)"),
    key("beds.free", "可用床位数", "free beds"),
    key("controls.failed", "现场处置失败项数", "failed actions at the site"),
    key("harm.dead", "死亡人数", "dead"),
    key("harm.missing", "失联人数", "missing"),
    key("harm.hurt_serious", "重伤（含急性工业中毒）人数", "seriously hurt"),
    key("harm.hurt", "受伤人数", "hurt"),
    key("harm.trapped", "被困人数", "trapped"),
    key("harm.loss_yuan", "直接经济损失（元）", "direct loss (yuan)"),
    key("harm.moved", "转移安置人数", "people moved"),
    key("harm.rooms_collapsed", "倒塌和严重损坏房屋间数", "rooms collapsed or badly damaged"),
    key("harm.cut_off", "停供用户数", "customers cut off"),
    key("quake.magnitude", "震级", "magnitude"),
    key("quake.depth_km", "震源深度（千米）", "depth (km)"),
    key("quake.intensity", "震中烈度", "intensity at the epicentre"),
    key("flood.rain_1h_mm", "1小时雨量（毫米）", "rain of 1 h (mm)"),
    key("flood.rain_24h_mm", "24小时雨量（毫米）", "rain of 24 h (mm)"),
    key("flood.over_warning_m", "超警戒水位（米）", "above the warning mark (m)"),
    key("flood.arrives_min", "洪峰到达时间（分钟）", "until the wave arrives (min)"),
    key("fire.area_ha", "过火面积（公顷）", "burnt area (ha)"),
    key("fire.front_m", "火线长度（米）", "length of the front (m)"),
    key("fire.spread_m_min", "火头蔓延速度（米/分钟）", "spread of the front (m/min)"),
    key("fire.homes_min", "火头到达居民点时间（分钟）", "until the fire is at homes (min)"),
    key("fire.burning_h", "持续燃烧时间（小时）", "burning out of control (h)"),
    key("response.level", "响应等级", "response level"),
    key("response.option", "处置选项代码", "option (key)"),
];

/// The name of a list, and of the fields of its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListKey {
    /// The list.
    pub list: Key,
    /// Fields of its rows, asked as `item.…`.
    pub fields: &'static [Key],
}

const NAME: Key = key("name", "名称", "name");
const WHAT: Key = key("what", "情况", "what");
const MODEL: Key = key("model", "模型", "model");
const RANK: Key = key("rank", "级别", "rank");
const CONTACT: Key = key("contact", "联系人及电话", "contact");

/// Teams, vehicles, beds and stock.
const FORCE: &[Key] = &[
    NAME,
    key("what", "能力或品类", "capability or sort"),
    key("count", "数量", "number"),
    key("unit", "单位", "unit"),
    key("travel_min", "到场时间（分钟）", "travel time (min)"),
    CONTACT,
];

/// All lists.
pub const LISTS: &[ListKey] = &[
    ListKey {
        list: key("zones", "影响范围", "footprint"),
        fields: &[
            NAME,
            RANK,
            key("area_m2", "面积（平方米）", "area (m²)"),
            key("reach_m", "最远距离（米）", "reach (m)"),
            MODEL,
            key("holds_min", "有效时间（分钟）", "holds for (min)"),
        ],
    },
    ListKey {
        list: key("people", "影响范围内人员", "people inside"),
        fields: &[
            NAME,
            RANK,
            key("hour", "统计时段", "hour of day"),
            key("count", "人数", "people"),
            key("vulnerable", "需帮助人数", "who need help"),
        ],
    },
    ListKey {
        list: key("facilities", "影响范围内重点场所", "places inside"),
        fields: &[
            NAME,
            key("kind", "类别", "sort"),
            key("zone", "所在区", "level"),
            key("people", "人数", "people"),
            key("distance_m", "距离（米）", "distance (m)"),
            CONTACT,
        ],
    },
    ListKey {
        list: key("secondary", "次生危险源", "secondary hazards"),
        fields: &[
            NAME,
            WHAT,
            key("distance_m", "距离（米）", "distance (m)"),
            key("minutes", "可能发生时间（分钟）", "may happen in (min)"),
        ],
    },
    ListKey {
        list: key("roads", "封控道路", "closed roads"),
        fields: &[NAME, key("why", "原因", "why"), key("detour", "绕行路线", "detour")],
    },
    ListKey {
        list: key("blocks", "撤离片区", "blocks to be moved"),
        fields: &[
            NAME,
            key("people", "人数", "people"),
            key("assisted", "需协助撤离人数", "who need help"),
            key("no_car", "无车人数", "without a car"),
            key("leave", "是否撤离", "whether they leave"),
            key("route", "撤离路线", "way out"),
            key("shelter", "安置点", "shelter"),
            key("shelter_free", "安置点余量", "free places"),
            key("clearance_min", "撤出所需时间（分钟）", "until out (min)"),
            key("start_min", "出发时间（分钟后）", "start in (min)"),
        ],
    },
    ListKey { list: key("teams", "可调队伍", "teams"), fields: FORCE },
    ListKey { list: key("vehicles", "可调车辆", "vehicles"), fields: FORCE },
    ListKey { list: key("beds", "可用床位", "beds"), fields: FORCE },
    ListKey { list: key("stock", "可调物资", "stock"), fields: FORCE },
    ListKey {
        list: key("controls", "现场处置情况", "actions at the site"),
        fields: &[
            NAME,
            key("state", "状态", "state"),
            key("failed", "是否失败", "whether it failed"),
        ],
    },
];

/// The list of this name.
pub(crate) fn list(name: &str) -> Option<&'static ListKey> {
    LISTS.iter().find(|known| known.list.key == name)
}

/// Whether there is such a single value.
pub(crate) fn is_key(name: &str) -> bool {
    KEYS.iter().any(|known| known.key == name)
}

fn text(found: Option<&Key>, name: &str) -> Text {
    found.map_or_else(|| Text::same(name), |known| Text::new(known.zh, known.en))
}

/// What people call a single value or a list.
pub(crate) fn label(name: &str) -> Text {
    let single = KEYS.iter().find(|known| known.key == name);
    text(single.or_else(|| list(name).map(|known| &known.list)), name)
}

/// What people call a field of a row.
pub(crate) fn field_label(of: &str, name: &str) -> Text {
    let Some(known) = list(of) else { return Text::same(name) };
    let field = text(known.fields.iter().find(|field| field.key == name), name);
    Text::new(format!("{}{}", known.list.zh, field.zh), format!("{}: {}", known.list.en, field.en))
}

fn found<'a, T>(
    fact: Option<&'a Fact<T>>,
    value: impl FnOnce(&T) -> Option<Value>,
) -> Option<Found<'a>> {
    let fact = fact?;
    Some(Found { value: value(&fact.value)?, source: &fact.source, at: fact.at })
}

fn of_list<'a, T>(
    listed: Option<&'a Listed<T>>,
    value: impl FnOnce(&[Fact<T>]) -> Option<Value>,
) -> Option<Found<'a>> {
    let listed = listed?;
    Some(Found { value: value(&listed.rows)?, source: &listed.source, at: listed.at })
}

#[expect(clippy::cast_precision_loss, reason = "people and things, far below 2^53")]
const fn count(value: u64) -> Value {
    Value::Number(value as f64)
}

fn len<T>(rows: &[Fact<T>]) -> Option<Value> {
    Some(count(u64::try_from(rows.len()).unwrap_or(u64::MAX)))
}

/// A sum; none when one part is not known, for a sum that leaves people out is not one.
fn sum(mut parts: impl Iterator<Item = Option<u64>>) -> Option<Value> {
    parts.try_fold(0_u64, |sum, part| Some(sum.saturating_add(part?))).map(count)
}

fn number(fact: Option<&Fact<u64>>) -> Option<Found<'_>> {
    found(fact, |value| Some(count(*value)))
}

fn measure(fact: Option<&Fact<f64>>) -> Option<Found<'_>> {
    found(fact, |value| Value::measure(*value))
}

fn signed(fact: Option<&Fact<f64>>) -> Option<Found<'_>> {
    found(fact, |value| Value::signed(*value))
}

fn flag(fact: Option<&Fact<bool>>) -> Option<Found<'_>> {
    found(fact, |value| Some(Value::Flag(*value)))
}

fn words(fact: Option<&Fact<Text>>) -> Option<Found<'_>> {
    found(fact, |value| (!value.is_empty()).then(|| Value::Words(value.clone())))
}

fn share(value: f64) -> Option<Value> {
    (0.0..=1.0).contains(&value).then_some(Value::Number(value))
}

/// The smallest travel time; none when the list is empty or no time is known.
fn first(listed: Option<&Listed<Force>>) -> Option<Found<'_>> {
    of_list(listed, |rows| {
        let times = rows.iter().filter_map(|row| row.value.travel_min);
        times
            .filter(|time| time.is_finite() && *time >= 0.0)
            .min_by(f64::total_cmp)
            .map(Value::Number)
    })
}

impl Facts {
    /// A single value by its name in [`KEYS`]; none when it is not known, or makes no sense.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<Found<'_>> {
        let (group, field) = name.split_once('.')?;
        match group {
            "incident" => self.find_incident(field),
            "substance" => {
                found(self.substance.as_ref(), |substance| find_substance(substance, field))
            }
            "release" => match field {
                "amount_kg" => measure(self.release.amount_kg.as_ref()),
                "rate_kg_s" => measure(self.release.rate_kg_s.as_ref()),
                "stopped" => flag(self.release.stopped.as_ref()),
                "ignited" => flag(self.release.ignited.as_ref()),
                _ => None,
            },
            "wind" => self.find_wind(field),
            "weather" => match field {
                "temperature_c" => signed(self.weather.temperature_c.as_ref()),
                "rain_mm_h" => measure(self.weather.rain_mm_h.as_ref()),
                "forecast" => words(self.weather.forecast.as_ref()),
                _ => None,
            },
            "zone" => self.find_zone(field),
            "people" => self.find_people(field),
            "facilities" => self.find_facilities(field),
            "secondary" if field == "count" => of_list(self.secondary.as_ref(), len),
            "roads" if field == "count" => of_list(self.roads.as_ref(), len),
            "leaving" => self.find_leaving(field),
            "sheltering" => found(self.sheltering.as_ref(), |it| find_sheltering(it, field)),
            "teams" => match field {
                "first_min" => first(self.teams.as_ref()),
                "count" => of_list(self.teams.as_ref(), len),
                _ => None,
            },
            "vehicles" if field == "first_min" => first(self.vehicles.as_ref()),
            "beds" if field == "free" => {
                of_list(self.beds.as_ref(), |rows| sum(rows.iter().map(|row| row.value.count)))
            }
            "controls" if field == "failed" => of_list(self.controls.as_ref(), |rows| {
                let failed =
                    |row: &&Fact<_>| Row::field(&row.value, "failed") == Some(Value::Flag(true));
                Some(count(u64::try_from(rows.iter().filter(failed).count()).unwrap_or(u64::MAX)))
            }),
            "harm" => self.find_harm(field),
            "quake" => found(self.quake.as_ref(), |quake| find_quake(quake, field)),
            "flood" => match field {
                "rain_1h_mm" => measure(self.flood.rain_1h_mm.as_ref()),
                "rain_24h_mm" => measure(self.flood.rain_24h_mm.as_ref()),
                "over_warning_m" => signed(self.flood.over_warning_m.as_ref()),
                "arrives_min" => measure(self.flood.arrives_min.as_ref()),
                _ => None,
            },
            "fire" => match field {
                "area_ha" => measure(self.fire.area_ha.as_ref()),
                "front_m" => measure(self.fire.front_m.as_ref()),
                "spread_m_min" => measure(self.fire.spread_m_min.as_ref()),
                "homes_min" => measure(self.fire.homes_min.as_ref()),
                "burning_h" => measure(self.fire.burning_h.as_ref()),
                _ => None,
            },
            "response" => match field {
                "level" => found(self.decided.level.as_ref(), |level| {
                    Some(Value::Words(Text::new(format!("{level}级"), format!("level {level}"))))
                }),
                "option" => found(self.decided.option.as_ref(), |option| {
                    Some(Value::Words(Text::same(option.as_str())))
                }),
                _ => None,
            },
            _ => None,
        }
    }

    fn find_incident(&self, field: &str) -> Option<Found<'_>> {
        let incident = &self.incident;
        match field {
            "kind" => found(incident.kind.as_ref(), |kind| {
                (!kind.is_empty()).then(|| Value::Words(Text::same(kind.as_str())))
            }),
            "name" => words(incident.name.as_ref()),
            "place" => words(incident.place.as_ref()),
            "area" => words(incident.area.as_ref()),
            "opened" => found(incident.opened.as_ref(), |at| Some(Value::Time(*at))),
            "drill" => flag(incident.drill.as_ref()),
            "over" => flag(incident.over.as_ref()),
            _ => None,
        }
    }

    fn find_wind(&self, field: &str) -> Option<Found<'_>> {
        let fact = self.wind.as_ref();
        let at = fact?.at;
        found(fact, |wind: &Wind| match field {
            "from_deg" => {
                wind.from_deg.filter(|deg| (0.0..=360.0).contains(deg)).map(Value::Number)
            }
            "speed_m_s" => wind.speed_m_s.and_then(Value::measure),
            "at" => Some(Value::Time(at)),
            "stale" => {
                let age_ms = self.now.0.saturating_sub(at.0);
                let old = age_ms >= STALE_WIND_MIN.saturating_mul(MINUTE_MS);
                Some(Value::Flag(wind.stale.unwrap_or(old)))
            }
            _ => None,
        })
    }

    fn find_zone(&self, field: &str) -> Option<Found<'_>> {
        of_list(self.zones.as_ref(), |rows| {
            if field == "reach_m" {
                let reaches = rows.iter().filter_map(|row| row.value.reach_m);
                let sound = reaches.filter(|reach| reach.is_finite() && *reach >= 0.0);
                return sound.max_by(f64::total_cmp).map(Value::Number);
            }
            let worst = rows.iter().min_by_key(|row| row.value.rank)?;
            worst.value.field(field)
        })
    }

    fn find_people(&self, field: &str) -> Option<Found<'_>> {
        if field == "evacuated" {
            return flag(self.evacuated.as_ref());
        }
        of_list(self.people.as_ref(), |rows| match field {
            "inside" => sum(rows.iter().map(|row| row.value.count)),
            "vulnerable" => sum(rows.iter().map(|row| row.value.vulnerable)),
            "worst" => rows.iter().min_by_key(|row| row.value.rank)?.value.count.map(count),
            _ => None,
        })
    }

    fn find_facilities(&self, field: &str) -> Option<Found<'_>> {
        let kind = match field {
            "count" => None,
            "schools" => Some(FacilityKind::School),
            "hospitals" => Some(FacilityKind::Hospital),
            "crowded" => Some(FacilityKind::Crowded),
            _ => return None,
        };
        of_list(self.facilities.as_ref(), |rows| {
            let wanted = rows.iter().filter(|row| kind.is_none_or(|kind| row.value.kind == kind));
            Some(count(u64::try_from(wanted.count()).unwrap_or(u64::MAX)))
        })
    }

    fn find_leaving(&self, field: &str) -> Option<Found<'_>> {
        if field == "dose" {
            return found(self.leaving_dose.as_ref(), |dose| share(*dose));
        }
        of_list(self.blocks.as_ref(), |rows| {
            let mut leaving =
                rows.iter().map(|row| &row.value).filter(|b| b.advice == Advice::Leave);
            match field {
                "people" => sum(leaving.map(|block| block.people)),
                "clearance_min" => leaving
                    .try_fold(0.0_f64, |most, block| {
                        let time = block.clearance_min.filter(|t| t.is_finite() && *t >= 0.0)?;
                        Some(most.max(time))
                    })
                    .map(Value::Number),
                _ => None,
            }
        })
    }

    fn find_harm(&self, field: &str) -> Option<Found<'_>> {
        let harm = &self.harm;
        match field {
            "dead" => number(harm.dead.as_ref()),
            "missing" => number(harm.missing.as_ref()),
            "hurt_serious" => number(harm.hurt_serious.as_ref()),
            "hurt" => number(harm.hurt.as_ref()),
            "trapped" => number(harm.trapped.as_ref()),
            "loss_yuan" => measure(harm.loss_yuan.as_ref()),
            "moved" => number(harm.moved.as_ref()),
            "rooms_collapsed" => number(harm.rooms_collapsed.as_ref()),
            "cut_off" => number(harm.cut_off.as_ref()),
            _ => None,
        }
    }

    /// The rows of a list by its name in [`LISTS`], with who looked and when; none when nobody looked.
    #[must_use]
    pub fn list(&self, name: &str) -> Option<(Vec<Item<'_>>, &Source, Ms)> {
        fn rows<'a, T: Row>(
            name: &'static str,
            listed: Option<&'a Listed<T>>,
        ) -> Option<(Vec<Item<'a>>, &'a Source, Ms)> {
            listed.map(|listed| (items(name, listed), &listed.source, listed.at))
        }
        let name = list(name)?.list.key;
        match name {
            "zones" => rows(name, self.zones.as_ref()),
            "people" => rows(name, self.people.as_ref()),
            "facilities" => rows(name, self.facilities.as_ref()),
            "secondary" => rows(name, self.secondary.as_ref()),
            "roads" => rows(name, self.roads.as_ref()),
            "blocks" => rows(name, self.blocks.as_ref()),
            "teams" => rows(name, self.teams.as_ref()),
            "vehicles" => rows(name, self.vehicles.as_ref()),
            "beds" => rows(name, self.beds.as_ref()),
            "stock" => rows(name, self.stock.as_ref()),
            "controls" => rows(name, self.controls.as_ref()),
            _ => None,
        }
    }
}

fn find_substance(substance: &Substance, field: &str) -> Option<Value> {
    match field {
        "key" => {
            (!substance.key.is_empty()).then(|| Value::Words(Text::same(substance.key.as_str())))
        }
        "name" => (!substance.name.is_empty()).then(|| Value::Words(substance.name.clone())),
        "un" => substance.un.map(|un| Value::Words(Text::same(format!("UN {un:04}")))),
        "toxic" => substance.toxic.map(Value::Flag),
        "flammable" => substance.flammable.map(Value::Flag),
        "dense" => substance.dense.map(Value::Flag),
        "soluble" => substance.soluble.map(Value::Flag),
        "water_reactive" => substance.water_reactive.map(Value::Flag),
        _ => None,
    }
}

fn find_sheltering(sheltering: &Sheltering, field: &str) -> Option<Value> {
    match field {
        "people" => sheltering.people.map(count),
        "dose" => sheltering.dose.and_then(share),
        "minutes" => sheltering.minutes.and_then(Value::measure),
        _ => None,
    }
}

fn find_quake(quake: &Quake, field: &str) -> Option<Value> {
    match field {
        "magnitude" => quake.magnitude.and_then(Value::measure),
        "depth_km" => quake.depth_km.and_then(Value::measure),
        "intensity" => quake.intensity.and_then(Value::measure),
        _ => None,
    }
}
