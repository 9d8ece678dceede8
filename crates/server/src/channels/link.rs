//! The address of an incident's page, at the end of a short message.

use std::sync::Arc;

use helan_kernel::{
    Engine, Text,
    push::{Notice, Protective},
};

use crate::{
    config::Config,
    public::{code::Codes, words::say},
    text::Language,
};

/// Makes addresses.
pub(super) struct Links {
    base: String,
    codes: Arc<Codes>,
}

impl Links {
    /// None when the public sees no pages, or nobody said under which address.
    pub fn of(config: &Config, codes: Arc<Codes>) -> Option<Self> {
        let base = config.http.public_url.trim_end_matches('/').to_owned();
        (config.channels.page.enabled && !base.is_empty()).then_some(Self { base, codes })
    }

    /// Puts the address of the page at the end of the words. A drill has none.
    pub fn add(&self, notice: &mut Notice) {
        let Some(code) = self.codes.of(notice.incident).filter(|_| !notice.drill) else { return };
        let link = format!("{}/w/{code}", self.base);
        let with = |language: Language, words: &str| match words {
            "" => String::new(),
            words => format!("{words}{}", say(language, "page.sms", &[("link", &link)])),
        };
        let (zh, en) = (&notice.text.zh, &notice.text.en);
        notice.text = Arc::new(Text { zh: with(Language::Zh, zh), en: with(Language::En, en) });
    }
}

/// Whether a notice speaks of a danger that the public was warned of. Tasks are for those who have one.
pub(super) fn warned(engine: &Engine, notice: &Notice) -> bool {
    let policy = notice.policy.and_then(|id| engine.registry().policies.get(id.index()));
    policy.is_some_and(|policy| policy.cap.is_some())
        && !matches!(notice.action, Protective::Task | Protective::Inform)
}
