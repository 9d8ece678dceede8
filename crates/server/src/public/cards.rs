//! Guidance cards: an index, and each card as a page that prints twice on a sheet of A4.

use std::sync::LazyLock;

use helan_kernel::Text;
use helan_protocol::pack::card::{Card, Cards};
use maud::{Markup, html};
use qrcode::{Color, EcLevel, QrCode};

use super::{
    page::{COMMON, STYLE, document, policy, tag_word},
    words::say,
};
use crate::text::{Language, text};

const CARD_STYLE: &str = include_str!("card.css");
/// Script of the cards.
static SCRIPT: LazyLock<String> = LazyLock::new(|| format!("{COMMON}{}", include_str!("cards.js")));
/// What may run and load on a card and on the index.
pub static POLICY: LazyLock<String> = LazyLock::new(|| policy(&[&SCRIPT], &[STYLE, CARD_STYLE]));

/// Modules of light around a code (ISO/IEC 18004, 6.3.8).
const QUIET: usize = 4;

/// A QR code as a drawing; nothing when the text is too long for one.
#[must_use]
pub fn qr(text: &str, label: &str) -> Markup {
    let Ok(code) = QrCode::with_error_correction_level(text, EcLevel::M) else { return html! {} };
    let width = code.width();
    let mut path = String::new();
    for (row, colors) in code.to_colors().chunks(width.max(1)).enumerate() {
        let mut column = 0;
        for run in colors.chunk_by(|a, b| a == b) {
            if run.first() == Some(&Color::Dark) {
                let (x, y) = (column + QUIET, row + QUIET);
                path += &format!("M{x} {y}h{0}v1h-{0}z", run.len());
            }
            column += run.len();
        }
    }
    let side = width + 2 * QUIET;
    html! {
        svg .qr viewBox=(format!("0 0 {side} {side}")) role="img" aria-label=(label) shape-rendering="crispEdges" {
            rect width=(side) height=(side) fill="#fff" {}
            path d=(path) fill="#000" {}
        }
    }
}

/// The index.
#[must_use]
pub fn index(language: Language, cards: &Cards) -> String {
    let lang = tag_word(language);
    let title = text(language, "page.cards");
    let body = html! {
        main {
            h1 { (title) }
            p { (text(language, "page.cards.intro")) }
            ul #cards {
                @for card in cards.iter() {
                    li { a href=(format!("/cards/{}?lang={lang}", card.key)) { (language.pick(&card.name)) } }
                }
            }
            p { button #keep .main type="button" hidden
                data-kept=(text(language, "page.cards.kept")) data-failed=(text(language, "page.cards.not-kept")) {
                (text(language, "page.cards.keep")) } }
            p #kept role="status" {}
            p { a .button href=(format!("/w?lang={lang}")) { (text(language, "page.enter.title")) } }
        }
    };
    document(language, title, "/cards", &[STYLE, CARD_STYLE], &SCRIPT, &body)
}

/// A card. `code` is that of the incident it was opened from, `address` where its QR code leads.
#[must_use]
pub fn card(language: Language, card: &Card, code: Option<&str>, address: &str) -> String {
    let name = language.pick(&card.name);
    let first = face(language, card, code.is_some(), address);
    // The second of the sheet is for the printer only: nobody is read the same twice.
    let second = html! { div .copy aria-hidden="true" { (first) } };
    let lang = tag_word(language);
    let body = html! {
        main {
            div .screen {
                p { a .button href=(format!("/cards?lang={lang}")) { (text(language, "page.cards")) }
                    @if let Some(code) = code {
                        " "
                        a .button href=(format!("/w/{code}?lang={lang}")) { (text(language, "page.enter.title")) }
                    } }
            }
            h1 .screen { (name) }
            (first)
            (second)
            p .screen { button #print .main type="button" hidden { (text(language, "page.card.print")) } }
            p .screen .fine { (text(language, "page.card.second")) }
        }
    };
    // The link to the other language goes without the incident: its own page leads back there.
    let path = format!("/cards/{}", card.key);
    document(language, name, &path, &[STYLE, CARD_STYLE], &SCRIPT, &body)
}

fn face(language: Language, card: &Card, incident: bool, address: &str) -> Markup {
    let list = |id: &str, class: &str, lines: &[Text]| {
        html! {
            @if !lines.is_empty() {
                section class=(class) {
                    h2 { (text(language, id)) }
                    ul { @for line in lines { li { (language.pick(line)) } } }
                }
            }
        }
    };
    let sources: Vec<&str> = card.sources.iter().map(|source| language.pick(source)).collect();
    let between = match language {
        Language::Zh => "；",
        Language::En => "; ",
    };
    let label = if incident { "page.card.qr" } else { "page.card.qr-card" };
    html! {
        article .card {
            p .name { (language.pick(&card.name)) }
            div .columns {
                (list("page.card.now", "now", &card.now))
                (list("page.card.leave", "leave", &card.leave))
                (list("page.card.stay", "stay", &card.stay))
                (list("page.card.never", "never", &card.never))
                (list("page.card.before", "before", &card.before))
            }
            div .foot {
                div {
                    ul .calls {
                        @for call in &card.call {
                            li { a href=(format!("tel:{}", call.number)) { (call.number) } " " (language.pick(&call.name)) }
                        }
                    }
                    p .fine { (say(language, "page.card.sources", &[("sources", &sources.join(between))])) }
                    @if card.unsure { p .fine { (text(language, "page.card.unsure")) } }
                }
                div { (qr(address, text(language, label))) p .fine { (text(language, label)) } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_drawn_with_its_quiet_zone_and_too_long_a_text_is_not() {
        let drawn = qr("https://helan.example/w/ABCDEF", "label").into_string();
        // Version 3 (29 modules) at level M holds 42 bytes; with the quiet zone 37.
        assert!(drawn.contains("viewBox=\"0 0 37 37\""), "{drawn}");
        // The finder pattern begins after the quiet zone: seven dark modules.
        assert!(drawn.contains("d=\"M4 4h7v1h-7z"), "{drawn}");
        assert!(qr(&"x".repeat(5_000), "label").into_string().is_empty());
    }
}
