//! The page of an incident: one response that needs nothing else, reads without scripts, and knows where you are with them.

use std::sync::LazyLock;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use helan_kernel::{Text, push::Protective};
use helan_protocol::pack::card::{Card, Cards};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    DEGREES_DECIMALS,
    code::spoken,
    ground::Ring,
    map::{Frame, drawing, legend},
    view::{Reach, Shelter, State, View, Zone},
    words::{self, say},
};
use crate::{
    api::wire::protective,
    text::{Language, text, under},
};

/// Style of all pages for the public.
pub const STYLE: &str = include_str!("style.css");
/// Script of the large type.
pub const COMMON: &str = include_str!("common.js");
/// Script of the page of an incident.
pub static SCRIPT: LazyLock<String> =
    LazyLock::new(|| format!("{}{}{COMMON}", include_str!("place.js"), include_str!("page.js")));
/// What may run and load on a page of an incident.
pub static POLICY: LazyLock<String> = LazyLock::new(|| policy(&[&SCRIPT], &[STYLE]));

/// A content security policy that lets in exactly these scripts and styles, and requests to this server.
#[must_use]
pub fn policy(scripts: &[&str], styles: &[&str]) -> String {
    let hashes = |all: &[&str]| -> String {
        let hash = |text: &&str| format!(" 'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
        all.iter().map(hash).collect()
    };
    format!(
        "default-src 'none'; script-src{}; style-src{}; img-src data:; connect-src 'self'; worker-src 'self'; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
        hashes(scripts),
        hashes(styles)
    )
}

/// Language as documents name it.
#[must_use]
pub const fn tag(language: Language) -> &'static str {
    match language {
        Language::Zh => "zh-CN",
        Language::En => "en",
    }
}

/// The word of the address for the other language.
#[must_use]
pub const fn other(language: Language) -> &'static str {
    match language {
        Language::Zh => "en",
        Language::En => "zh",
    }
}

/// A whole document.
#[must_use]
pub fn document(
    language: Language,
    title: &str,
    path: &str,
    styles: &[&str],
    script: &str,
    body: &Markup,
) -> String {
    let document = html! {
        (DOCTYPE)
        html lang=(tag(language)) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                meta name="robots" content="noindex";
                meta name="format-detection" content="telephone=no";
                link rel="icon" href="data:,";
                title { (title) }
                @for style in styles { style { (PreEscaped(style)) } }
            }
            body {
                header {
                    nav {
                        button #big type="button" hidden aria-pressed="false" { (text(language, "page.big")) }
                        a .button href=(format!("{path}?lang={}", other(language))) hreflang=(other(language)) {
                            (text(language, "page.other"))
                        }
                    }
                }
                (body)
                script { (PreEscaped(script)) }
            }
        }
    };
    document.into_string()
}

/// Who issues it, and what the guidance says.
#[derive(Clone, Copy)]
pub struct Beside<'a> {
    /// Name of the issuer.
    pub issuer: &'a Text,
    /// The cards.
    pub cards: &'a Cards,
    /// Whether it is shown to somebody signed in only.
    pub preview: bool,
}

/// What a page may weigh, before it is compressed: half a minute on the slowest of networks.
const MOST_BYTES: usize = 100_000;

/// The page. When it would be too heavy, the list of places goes: position and map remain.
#[must_use]
pub fn page(language: Language, view: &View, beside: Beside<'_>) -> String {
    let whole = render(language, view, beside);
    if whole.len() <= MOST_BYTES || view.places.is_empty() {
        return whole;
    }
    render(language, &View { places: Vec::new(), ..view.clone() }, beside)
}

fn render(language: Language, view: &View, beside: Beside<'_>) -> String {
    let frame = Frame::of(view).filter(|_| !view.zones.is_empty());
    let card = beside.cards.get(&view.card);
    let path = format!("/w/{}", view.code);
    let headline = language.pick(&view.headline);
    let title = say(language, "page.title", &[("headline", headline)]);
    let data = data(language, view, frame.as_ref()).to_string().replace('<', "\\u003c");
    let body = html! {
        main {
            div #head { (head(language, view, beside.preview)) }
            section #me hidden { (me(language, frame.is_some())) }
            div #body {
                @if !view.zones.is_empty() {
                    noscript { p .fine { (text(language, "page.noscript")) } }
                    section { h2 { (text(language, "page.do")) } (zones(language, view)) }
                }
                div .two {
                    @if let Some(frame) = &frame {
                        section {
                            h2 { (text(language, "page.map")) }
                            (drawing(language, view, frame))
                            (legend(language, view))
                            p .fine { (text(language, "page.map.note")) }
                        }
                    }
                    @if !view.zones.is_empty() { (shelters(language, view)) }
                    @if let Some(card) = card { (calls(language, card)) (guidance(language, view, card)) }
                }
                footer {
                    p { (say(language, "page.foot", &[("issuer", language.pick(beside.issuer))])) }
                    p { (text(language, "page.foot.code")) " " span .code { (spoken(&view.code)) } }
                    p { a .button href=(format!("{path}?lang={}", tag_word(language))) { (text(language, "page.reload")) }
                        " " a .button href=(format!("/cards?lang={}", tag_word(language))) { (text(language, "page.cards")) } }
                }
            }
        }
        script #d type="application/json" { (PreEscaped(data)) }
    };
    document(language, &title, &path, &[STYLE], &SCRIPT, &body)
}

/// The word of the address for a language.
#[must_use]
pub const fn tag_word(language: Language) -> &'static str {
    match language {
        Language::Zh => "zh",
        Language::En => "en",
    }
}

fn head(language: Language, view: &View, preview: bool) -> Markup {
    let (class, id) = match view.state {
        State::Active => ("state active", "page.state.active"),
        State::Expired => ("state expired", "page.state.expired"),
        State::Clear => ("state clear", "page.state.clear"),
        State::Closed => ("state closed", "page.state.closed"),
    };
    let updated = words::moment(language, view.updated);
    let expires = words::moment(language, view.expires);
    let times = match view.state {
        State::Active | State::Expired => {
            say(language, "page.times", &[("updated", &updated), ("expires", &expires)])
        }
        State::Clear | State::Closed => say(language, "page.updated", &[("updated", &updated)]),
    };
    let further = match view.state {
        State::Active => None,
        State::Expired => Some("page.expired.do"),
        State::Clear => Some("page.over"),
        State::Closed => Some("page.closed"),
    };
    html! {
        @if view.drill { p .drill { (text(language, "page.drill")) } }
        @else if preview { p .drill { (text(language, "page.unpublished")) } }
        div class=(class) {
            p { strong { (text(language, id)) } }
            h1 { (language.pick(&view.headline)) }
            p .fine { (times) }
        }
        p #age .age role="status" hidden {}
        @for line in language.pick(&view.instruction).lines().filter(|_| view.state != State::Closed) { p { (line) } }
        @if let Some(id) = further { p { strong { (text(language, id)) } } }
    }
}

fn me(language: Language, map: bool) -> Markup {
    html! {
        h2 { (text(language, "page.me")) }
        button #gps .main type="button" { (text(language, "page.me.gps")) }
        p .fine { (text(language, "page.me.privacy")) }
        div #pick {
            label for="q" { (text(language, "page.me.choose")) }
            input #q type="search" autocomplete="off" enterkeyhint="search";
            ul #hits {}
        }
        @if map { p .fine { (text(language, "page.me.tap")) } }
        div #say aria-live="assertive" {}
    }
}

fn zone_words(language: Language, zone: &Zone) -> &str {
    let own = language.pick(&zone.words);
    if own.is_empty() {
        match zone.action {
            Protective::Leave => text(language, "page.do.leave"),
            Protective::Shelter => text(language, "page.do.shelter"),
            _ => text(language, "page.do.stay-away"),
        }
    } else {
        own
    }
}

/// What to do, and the zone's own name where that says more.
fn heading(language: Language, zone: &Zone) -> String {
    let (action, name) = (words::action(language, zone.action), language.pick(&zone.name));
    if action.to_lowercase().contains(&name.to_lowercase()) {
        return action.to_owned();
    }
    format!("{action} · {name}")
}

fn zones(language: Language, view: &View) -> Markup {
    html! {
        @for zone in &view.zones {
            article class=(format!("zone {}", protective(zone.action))) {
                h3 { (heading(language, zone)) }
                p { strong { (text(language, "page.where")) } " " (words::reach(language, view, zone)) }
                p { (zone_words(language, zone)) }
            }
        }
        @if view.drifts { p { (wind(language, view)) } }
    }
}

fn wind(language: Language, view: &View) -> String {
    let Some(wind) = &view.wind else { return text(language, "page.wind.none").to_owned() };
    let (from, to) = (wind.from_deg, wind.from_deg + 180.0);
    let mut said = say(
        language,
        "page.wind",
        &[
            ("way", words::direction(language, from)),
            ("to", words::direction(language, to)),
            ("speed", &format!("{:.1}", wind.speed_m_s)),
            ("at", &words::moment(language, wind.at)),
        ],
    );
    if wind.stale {
        if language == Language::En {
            said.push(' ');
        }
        said.push_str(text(language, "page.wind.stale"));
    }
    said
}

fn facts(language: Language, shelter: &Shelter) -> String {
    let state = if shelter.open { "page.shelter.open" } else { "page.shelter.ready" };
    let mut facts = vec![text(language, state).to_owned()];
    if let Some(capacity) = shelter.capacity {
        facts.push(say(language, "page.shelter.capacity", &[("n", &capacity.to_string())]));
    }
    if shelter.accessible == Some(true) {
        facts.push(text(language, "page.shelter.accessible").to_owned());
    }
    facts.join(" · ")
}

fn shelters(language: Language, view: &View) -> Markup {
    html! {
        section {
            h2 { (text(language, "page.shelters")) }
            @if view.shelters.is_empty() { p { (text(language, "page.shelters.none")) } }
            @else {
                ol {
                    @for shelter in &view.shelters {
                        li {
                            strong { (shelter.name) }
                            @if let Some(source) = view.source { " · " (words::from_there(language, source, shelter.at)) }
                            br;
                            @if !shelter.address.is_empty() { (shelter.address) " · " }
                            (facts(language, shelter))
                        }
                    }
                }
                p .fine { (text(language, "page.shelters.note")) }
            }
        }
    }
}

/// Telephone numbers to tap.
#[must_use]
pub fn calls(language: Language, card: &Card) -> Markup {
    html! {
        section {
            h2 { (text(language, "page.calls")) }
            ul .calls {
                @for call in &card.call {
                    li { a .button href=(format!("tel:{}", call.number)) { (call.number) " " (language.pick(&call.name)) } }
                }
            }
        }
    }
}

fn guidance(language: Language, view: &View, card: &Card) -> Markup {
    let name = language.pick(&card.name);
    let leaves = view.zones.iter().any(|zone| zone.action == Protective::Leave);
    let stays = view.zones.iter().any(|zone| zone.action == Protective::Shelter);
    let list = |id: &str, lines: &[Text]| {
        html! {
            @if !lines.is_empty() {
                h3 { (text(language, id)) }
                ul { @for line in lines { li { (language.pick(line)) } } }
            }
        }
    };
    html! {
        section {
            h2 { (say(language, "page.card", &[("name", name)])) }
            // When it is over nobody is told what to do at once.
            @if !view.zones.is_empty() {
                (list("page.card.now", &card.now))
                @if leaves { (list("page.card.leave", &card.leave)) }
                @if stays { (list("page.card.stay", &card.stay)) }
                (list("page.card.never", &card.never))
            }
            p { a .button href=(format!("/cards/{}?w={}&lang={}", card.key, view.code, tag_word(language))) {
                (text(language, "page.card.open")) } }
        }
    }
}

/// Degrees to five decimals: about a metre.
fn degrees(value: f64) -> Value {
    json!((value * DEGREES_DECIMALS).round() / DEGREES_DECIMALS)
}

/// What the script knows: numbers and texts, nothing that is not on the page.
fn data(language: Language, view: &View, frame: Option<&Frame>) -> Value {
    let place = |at: &helan_kernel::Position| json!([degrees(at.lon), degrees(at.lat)]);
    let zone = |zone: &Zone| {
        let reach = match &zone.reach {
            Reach::Building => vec![("b", json!(1))],
            Reach::Circle(at, metres) => {
                vec![("c", json!([degrees(at.lon), degrees(at.lat), metres.ceil()]))]
            }
            Reach::Rings(rings) => {
                let ring = |ring: &Ring| ring.points.iter().map(place).collect::<Vec<_>>();
                let slack = rings.iter().map(|ring| ring.slack_m).fold(0.0, f64::max);
                let rings: Vec<_> = rings.iter().map(ring).collect();
                vec![("r", json!(rings)), ("s", json!(slack.ceil()))]
            }
        };
        let words = [
            ("a", json!(protective(zone.action))),
            ("n", json!(language.pick(&zone.name))),
            ("w", json!(zone_words(language, zone))),
        ];
        let facts = words.into_iter().chain(reach);
        facts.map(|(name, fact)| (name.to_owned(), fact)).collect::<serde_json::Map<_, _>>()
    };
    let shelters = view.shelters.iter().map(|shelter| {
        json!([
            shelter.name,
            degrees(shelter.at.lon),
            degrees(shelter.at.lat),
            facts(language, shelter)
        ])
    });
    let places = view.places.iter().map(|p| json!([p.name, degrees(p.at.lon), degrees(p.at.lat)]));
    let lang = tag_word(language);
    let keep = [format!("/cards?lang={lang}"), format!("/cards/{}?lang={lang}", view.card)];
    json!({
        "state": view.state.word(),
        "updated": view.updated.0,
        "expires": view.expires.0,
        "z": view.zones.iter().map(zone).collect::<Vec<_>>(),
        "src": view.source.as_ref().map(place),
        "wind": view.wind.map(|wind| json!([wind.from_deg.round(), wind.speed_m_s])),
        "drift": view.drifts,
        "sh": shelters.collect::<Vec<_>>(),
        "pl": places.collect::<Vec<_>>(),
        "m": frame.map(Frame::numbers),
        "keep": keep,
        "t": texts(language),
    })
}

fn texts(language: Language) -> Value {
    let mut all: serde_json::Map<String, Value> =
        under(language, "page.js.").map(|(id, text)| (id.to_owned(), json!(text))).collect();
    let zones = under(language, "page.action.")
        .filter(|(id, _)| ["leave", "shelter", "stay-away"].contains(id))
        .map(|(id, text)| (id.to_owned(), json!(text)));
    all.insert("act".into(), Value::Object(zones.collect()));
    all.insert("north".into(), json!(text(language, "page.north")));
    all.insert("expired".into(), json!(text(language, "page.state.expired")));
    let ways = (0..8_u8).map(|n| words::direction(language, f64::from(n) * 45.0));
    all.insert("ways".into(), ways.collect());
    Value::Object(all)
}

/// A short page that says one thing, with the field to enter a code.
#[must_use]
pub fn note(language: Language, title: &str, line: Option<&str>) -> String {
    let title = text(language, title);
    let body = html! {
        main {
            h1 { (title) }
            @if let Some(line) = line { p { strong { (text(language, line)) } } }
            form action="/w" method="get" {
                label for="code" { (text(language, "page.enter")) }
                input #code name="code" maxlength="16" autocomplete="off" autocapitalize="characters" spellcheck="false";
                input type="hidden" name="lang" value=(tag_word(language));
                p { button .main type="submit" { (text(language, "page.enter.go")) } }
            }
            p { a .button href=(format!("/cards?lang={}", tag_word(language))) { (text(language, "page.cards")) } }
        }
    };
    document(language, title, "/w", &[STYLE], COMMON, &body)
}

/// What may run and load on [`note`].
pub static NOTE_POLICY: LazyLock<String> = LazyLock::new(|| policy(&[COMMON], &[STYLE]));

#[cfg(test)]
mod tests {
    use helan_kernel::{AreaCode, IncidentId, Ms, Position};

    use super::*;
    use crate::public::view::{Place, Wind};

    fn view() -> View {
        let at = Position { lon: 106.59, lat: 38.17 };
        View {
            code: "ACDEFG".into(),
            incident: IncidentId(1),
            area: AreaCode(640_181_000),
            drill: false,
            state: State::Active,
            headline: Text::new("氨泄漏预警", "Warning: ammonia"),
            place: "罐区".into(),
            instruction: Text::default(),
            updated: Ms(1_764_144_000_000),
            expires: Ms(1_764_158_400_000),
            source: Some(at),
            wind: Some(Wind {
                from_deg: 315.0,
                speed_m_s: 3.2,
                at: Ms(1_764_143_000_000),
                stale: false,
            }),
            drifts: true,
            zones: vec![Zone {
                action: Protective::Leave,
                name: Text::new("撤离区", "Leave"),
                words: Text::new("快走。", "Go."),
                reach: Reach::Circle(at, 300.0),
            }],
            card: "toxic-gas".into(),
            shelters: Vec::new(),
            places: Vec::new(),
        }
    }

    fn page_of(language: Language, view: &View) -> String {
        let packs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs");
        let cards = helan_protocol::pack::card::load(&packs).expect("cards");
        let issuer = Text::new("某市", "A city");
        page(language, view, Beside { issuer: &issuer, cards: &cards, preview: false })
    }

    #[test]
    fn the_wind_is_told_with_its_age_and_its_absence_too() {
        let said = |view: &View| page_of(Language::En, view);
        let fresh = said(&view());
        assert!(
            fresh.contains("Wind from the north-west, 3.2 m/s (observed 26 Nov 15:43)"),
            "{fresh}"
        );
        assert!(fresh.contains("to the south-east"));
        assert!(!fresh.contains("This was some time ago"));
        let mut old = view();
        old.wind = old.wind.map(|wind| Wind { stale: true, ..wind });
        assert!(said(&old).contains("This was some time ago"));
        old.wind = None;
        assert!(said(&old).contains("No reliable wind is known"));
        old.drifts = false;
        assert!(!said(&old).contains("wind is known"), "a danger that does not drift has no wind");
    }

    #[test]
    fn every_state_says_what_it_is_and_expired_is_not_over() {
        let check = |state: State, needed: &str, asks: bool| {
            let zones = if asks { view().zones } else { Vec::new() };
            let page = page_of(Language::Zh, &View { state, zones, ..view() });
            assert!(page.contains(needed), "{needed}");
            assert_eq!(page.contains("快走。"), asks, "{needed}");
        };
        check(State::Active, "预警生效中", true);
        check(State::Expired, "预警已超过有效时间", true);
        check(State::Clear, "警报解除", false);
        check(State::Closed, "事件已结束", false);
    }

    #[test]
    fn a_page_that_would_be_too_heavy_goes_without_its_list_of_places() {
        let mut heavy = view();
        let place = |n: u32| Place {
            name: format!("{n}{}", "很长的名字".repeat(8)),
            at: Position { lon: 106.59, lat: 38.17 + f64::from(n) * 1e-4 },
            landmark: false,
        };
        heavy.places = (0..100).map(place).collect();
        assert!(page_of(Language::Zh, &heavy).contains("99很长的名字"));
        heavy.places = (0..2_000).map(place).collect();
        let page = page_of(Language::Zh, &heavy);
        assert!(page.len() <= MOST_BYTES && !page.contains("99很长的名字"), "{}", page.len());
        assert!(page.contains("快走。"));
    }
}
