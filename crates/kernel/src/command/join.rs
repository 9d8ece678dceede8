//! One event, one incident: what joins an incident that is open, and what opens a new one.

use std::sync::Arc;

use super::{Desk, File, Incident, IncidentState, TimelineSource, queue, words};
use crate::{
    Answer, AreaCode, Context, IncidentId, Ms, Position, Refusal, Text,
    event::{Call, Joins},
    push::Zone,
    registry::{Key, Registry},
    watch::{Alarm, AlarmChange, AlarmState, IncidentKind},
};

/// Calls name places roughly: within so many metres of the incident they speak of the same event.
const CALL_METRES: f64 = 500.0;

/// Calls later than this after the last alarm or call open a new incident.
const CALL_WINDOW: Ms = Ms::seconds(30 * 60);

/// Alarms listed in an incident. Further ones still join it, count and stand in its timeline; a list that is copied with
/// every change must end somewhere.
const MAX_LISTED: usize = 1000;

/// Open incidents beyond which calls are refused, so that no caller can fill the desk. Alarms are never refused.
const MAX_OPEN_BY_CALL: usize = 10_000;

/// Longest text of a call, and of its other words, in characters.
const MAX_TEXT: usize = 2000;
const MAX_WORDS: usize = 200;

/// Whether an alarm keeps its incident from ending. What a device under maintenance or out of service says does not; what
/// an operator put on the shelf does.
fn counts(change: AlarmChange, alarm: &Alarm) -> bool {
    alarm.active
        && change != AlarmChange::Withdrawn
        && (alarm.state.is_heard() || alarm.state == AlarmState::Shelved)
}

/// What an alarm or call says about its event.
struct Event<'a> {
    kind: &'a str,
    drill: bool,
    position: Option<Position>,
    facility: &'a str,
    place: &'a str,
    area: AreaCode,
    metres: f64,
    window: Ms,
}

impl Desk {
    /// An alarm changed: it opens or joins an incident, and the timeline gets a line. Gives the incident.
    pub fn on_alarm(
        &mut self,
        cx: &mut Context<'_>,
        change: AlarmChange,
        alarm: &mut Alarm,
    ) -> Option<IncidentId> {
        // The common case first: alarms of rules without incidents cost one look at the rule.
        let kind = cx.registry.rule(alarm.rule).and_then(|rule| rule.incident.as_ref());
        if kind.is_none() && alarm.incident.is_none() {
            return None;
        }
        let joined = alarm.incident.filter(|id| self.files.contains_key(id));
        let id = match (joined, kind) {
            (Some(id), _) => id,
            (None, Some(kind)) if alarm.active && alarm.state.is_heard() => {
                let kind = kind.clone();
                self.join_alarm(cx, &kind, alarm)
            }
            (None, _) => return None,
        };
        alarm.incident = Some(id);
        self.note_alarm(cx, id, change, alarm);
        Some(id)
    }

    fn join_alarm(
        &mut self,
        cx: &mut Context<'_>,
        kind: &IncidentKind,
        alarm: &Alarm,
    ) -> IncidentId {
        let device = cx.registry.device(alarm.device);
        let facility = device.map_or(String::new(), |d| d.spec.facility.clone());
        let position = device.and_then(|d| {
            let of_facility = || cx.registry.facilities.by_key(&d.spec.facility)?.position.known();
            d.spec.position.known().or_else(of_facility)
        });
        let event = Event {
            kind: &kind.key,
            drill: alarm.drill,
            position,
            facility: &facility,
            place: &alarm.place.place,
            area: alarm.place.area,
            metres: kind.join_metres,
            window: kind.join_window,
        };
        let id = match self.open_one(cx.now, &event) {
            Some(id) => id,
            None => self.open(cx, &event, &kind.key, &kind.code, &kind.name),
        };
        if let Some(file) = self.files.get_mut(&id) {
            // An incident that a call opened may lack what the alarm knows.
            if file.incident.code.is_empty() {
                file.incident.code = kind.code.as_str().into();
                file.incident.name = kind.name.clone();
            }
            file.learn(&event);
            file.incident.last_joined = cx.now;
            if file.incident.alarms.len() < MAX_LISTED {
                file.incident.alarms.push(alarm.id);
            }
            self.by_alarm.insert(alarm.id, id);
        }
        id
    }

    /// Counts the alarm, tells what changed, and adds the line.
    fn note_alarm(
        &mut self,
        cx: &mut Context<'_>,
        id: IncidentId,
        change: AlarmChange,
        alarm: &Alarm,
    ) {
        let Some(file) = self.files.get_mut(&id) else { return };
        if counts(change, alarm) {
            file.active.insert(alarm.id);
        } else {
            file.active.remove(&alarm.id);
        }
        let active = u32::try_from(file.active.len()).unwrap_or(u32::MAX);
        let raised = matches!(change, AlarmChange::Raised);
        let over = file.incident.all_clear || file.incident.clear_asked.is_some();
        let danger_again = over && active > 0;
        if raised || danger_again || file.incident.active != active {
            file.incident.active = active;
            if danger_again {
                file.incident.all_clear = false;
                file.incident.clear_asked = None;
            }
            file.incident.changed = cx.now;
            file.changed(cx);
        }
        let happened = if raised { alarm.since } else { alarm.changed };
        let text = words::alarm(cx.registry, change, alarm);
        let by = alarm.by.clone().filter(|_| words::by_person(change));
        file.line(cx, happened, TimelineSource::Alarm(alarm.id), text, by);
    }

    /// A person reports something: it opens or joins an incident. Fifty calls for one fire become one event; whoever writes
    /// the call down and knows better says which incident it belongs to.
    pub fn call(&mut self, cx: &mut Context<'_>, call: &Call) -> Answer {
        let fits = |text: &str, most: usize| text.chars().count() <= most;
        let known_place = call.position.is_none_or(|p| p.known().is_some());
        if call.kind.is_empty()
            || !fits(&call.kind, 64)
            || !fits(&call.text, MAX_TEXT)
            || ![&call.place, &call.caller, &call.contact].into_iter().all(|t| fits(t, MAX_WORDS))
            || !known_place
        {
            return Answer::Refused(Refusal::OutOfRange);
        }
        let event = Event {
            kind: &call.kind,
            drill: call.drill,
            position: call.position,
            facility: "",
            place: &call.place,
            area: call.area,
            metres: CALL_METRES,
            window: CALL_WINDOW,
        };
        let joined = match call.joins {
            Joins::Alike => self.open_one(cx.now, &event),
            Joins::New => None,
            Joins::This(id) => match self.files.get(&id) {
                None => return Answer::Refused(Refusal::Unknown),
                Some(file) if file.incident.drill != call.drill => {
                    return Answer::Refused(Refusal::WrongState);
                }
                Some(_) => Some(id),
            },
        };
        let id = match joined {
            Some(id) => id,
            None if self.files.len() >= MAX_OPEN_BY_CALL => {
                return Answer::Refused(Refusal::LimitReached);
            }
            None => {
                let (code, name) = kind_of(cx.registry, &call.kind);
                self.open(cx, &event, &Key::from(call.kind.as_str()), &code, &name)
            }
        };
        if let Some(file) = self.files.get_mut(&id) {
            file.learn(&event);
            file.incident.calls = file.incident.calls.saturating_add(1);
            file.incident.last_joined = cx.now;
            file.incident.changed = cx.now;
            file.changed(cx);
            let by = Some(call.by.clone());
            file.line(cx, cx.now, TimelineSource::Call, words::call(call), by);
        }
        Answer::Created(id.0)
    }

    /// The open incident that an event belongs to: the nearest one of its kind, else the oldest in the same place.
    fn open_one(&self, now: Ms, event: &Event<'_>) -> Option<IncidentId> {
        let open = self.by_kind.get(event.kind)?;
        let files = open.iter().filter_map(|id| self.files.get(id)).filter(|file| {
            file.incident.drill == event.drill
                && now.since(file.incident.last_joined) <= event.window
        });
        let mut nearest: Option<(f64, IncidentId)> = None;
        let mut same_place = None;
        for file in files {
            let id = file.incident.id;
            if let (Some(a), Some(b)) = (file.incident.position, event.position) {
                if let Some(metres) = within(a, b, event.metres)
                    && nearest.is_none_or(|(best, _)| metres < best)
                {
                    nearest = Some((metres, id));
                }
            } else if same_place.is_none() && file.is_at(event) {
                same_place = Some(id);
            }
        }
        nearest.map(|(_, id)| id).or(same_place)
    }

    fn open(
        &mut self,
        cx: &mut Context<'_>,
        event: &Event<'_>,
        kind: &Key,
        code: &str,
        name: &Text,
    ) -> IncidentId {
        self.last += 1;
        let id = IncidentId(self.last);
        let incident = Incident {
            id,
            kind: kind.clone(),
            code: Arc::from(code),
            name: name.clone(),
            place: Arc::from(event.place),
            area: event.area,
            position: event.position,
            state: IncidentState::Open,
            grade: None,
            opened: cx.now,
            changed: cx.now,
            last_joined: cx.now,
            alarms: Vec::new(),
            active: 0,
            calls: 0,
            taken_by: None,
            escalated: 0,
            zones: Arc::from(Vec::<Zone>::new()),
            all_clear: false,
            clear_asked: None,
            evacuated: None,
            reason: String::new(),
            drill: event.drill,
        };
        let mut file = File::new(incident, Key::from(event.facility));
        file.changed(cx);
        let text = words::opened(name, event.place);
        file.line(cx, cx.now, TimelineSource::Platform, text, None);
        queue::wait(cx, id, cx.now, 0);
        self.files.insert(id, file);
        self.by_kind.entry(kind.clone()).or_default().insert(id);
        id
    }
}

impl File {
    /// Fills in what the incident does not know yet of its place.
    fn learn(&mut self, event: &Event<'_>) {
        let incident = &mut self.incident;
        if incident.position.is_none() {
            incident.position = event.position;
        }
        if incident.place.is_empty() {
            incident.place = Arc::from(event.place);
        }
        if self.facility.is_empty() {
            self.facility = Key::from(event.facility);
        }
    }

    /// Whether an event of which one side knows no position is at this incident's place.
    fn is_at(&self, event: &Event<'_>) -> bool {
        let facility = !event.facility.is_empty() && *self.facility == *event.facility;
        let same_area =
            self.incident.area.contains(event.area) || event.area.contains(self.incident.area);
        // Two that say no place are not at the same place: a second fire must not vanish in the file of the first.
        let said = !event.place.trim().is_empty();
        facility || (said && same_area && alike(&self.incident.place, event.place))
    }
}

/// Distance in metres when it is at most `most`.
fn within(a: Position, b: Position, most: f64) -> Option<f64> {
    /// A little less than the metres of a degree of latitude: a cheap look before the exact distance.
    const METRES_PER_DEGREE: f64 = 111_000.0;
    if (a.lat - b.lat).abs() * METRES_PER_DEGREE > most {
        return None;
    }
    let metres = a.metres_to(b);
    (metres <= most).then_some(metres)
}

/// Whether two places are the same words, whatever their blanks and capitals.
fn alike(a: &str, b: &str) -> bool {
    let plain = |s: &str| {
        s.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect::<String>()
    };
    plain(a) == plain(b)
}

/// Code and name of a kind, from the rules that use it; the key itself when none does.
fn kind_of(registry: &Registry, kind: &str) -> (String, Text) {
    let kinds = registry.rules.iter().filter_map(|(_, rule)| rule.incident.as_ref());
    match kinds.into_iter().find(|k| *k.key == *kind) {
        Some(found) => (found.code.clone(), found.name.clone()),
        None => (String::new(), Text::new(kind, kind)),
    }
}
