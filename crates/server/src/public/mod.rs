//! Pages for the public: an incident's (`/w/CODE`) and the guidance cards (`/cards`).
//!
//! Who was warned asks: am I inside, what do I do, which way. A page answers on a slow phone in one response, without asking anybody
//! else, and keeps working without a network. It shows what was published, and nothing that tells who lives where. A drill has no
//! page for the public. Start reading at [`Public::found`]; the handlers are in `api/pages.rs`.

pub mod cards;
pub mod code;
pub mod geo;
pub mod ground;
mod map;
pub mod page;
pub mod view;
pub mod words;

use std::{
    collections::{BTreeMap, HashMap},
    net::IpAddr,
    path::Path,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use anyhow::Result;
use axum::body::Bytes;
use helan_kernel::{IncidentId, Ms};
use helan_protocol::pack::card::{self, Cards};

use self::{code::Codes, view::View};
use crate::text::Language;

/// Places on a page are rounded to five decimals: about a metre.
const DEGREES_DECIMALS: f64 = 1e5;
/// A page is put together at most this often, however many look at it.
const FRESH: Ms = Ms(1_000);
/// Pages kept ready: incidents that people look at at the same time.
const KEPT: usize = 64;
/// Unknown codes of one address within [`MISS_SPAN`] before it is told to wait; many phones share one address of their network.
const MISSES: u32 = 120;
/// See [`MISSES`].
const MISS_SPAN: Ms = Ms::seconds(300);
/// Addresses that are remembered.
const PEERS: usize = 10_000;
/// Script that keeps pages for where there is no network.
pub const WORKER: &str = include_str!("sw.js");

/// A page made ready for everybody who looks at it.
pub struct Made {
    /// What is on it.
    pub view: View,
    rendered: [OnceLock<(Bytes, String)>; 2],
}

impl Made {
    /// Around what is on it.
    #[must_use]
    pub const fn new(view: View) -> Self {
        Self { view, rendered: [OnceLock::new(), OnceLock::new()] }
    }

    /// Its bytes in a language and their tag; made when first asked for.
    pub fn bytes(&self, language: Language, make: impl FnOnce(&View) -> String) -> (Bytes, String) {
        let [zh, en] = &self.rendered;
        let place = match language {
            Language::Zh => zh,
            Language::En => en,
        };
        let made = place.get_or_init(|| {
            let bytes = Bytes::from(make(&self.view));
            let tag = crate::api::etag(&bytes);
            (bytes, tag)
        });
        made.clone()
    }
}

/// What the handlers share.
pub struct Public {
    /// Codes of pages.
    pub codes: Arc<Codes>,
    /// Guidance cards.
    pub cards: Cards,
    kept: Mutex<BTreeMap<IncidentId, (Ms, Arc<Made>)>>,
    /// One at a time: phones that ask together get the same page.
    making: tokio::sync::Mutex<()>,
    misses: Mutex<HashMap<IpAddr, (u32, Ms)>>,
}

impl Public {
    /// With the codes of an installation and the cards of its packs.
    ///
    /// # Errors
    /// When a card is wrong.
    pub fn open(codes: Arc<Codes>, packs: &Path) -> Result<Self> {
        Ok(Self {
            codes,
            cards: card::load(packs)?,
            kept: Mutex::default(),
            making: tokio::sync::Mutex::default(),
            misses: Mutex::default(),
        })
    }

    /// The page of an incident as it is now: the kept one while it is fresh, else a new one.
    ///
    /// # Errors
    /// Those of `make`.
    pub async fn found<E>(
        &self,
        id: IncidentId,
        now: Ms,
        make: impl Future<Output = std::result::Result<Option<View>, E>>,
    ) -> std::result::Result<Option<Arc<Made>>, E> {
        if let Some(kept) = self.fresh(id, now) {
            return Ok(Some(kept));
        }
        let _one = self.making.lock().await;
        if let Some(kept) = self.fresh(id, now) {
            return Ok(Some(kept));
        }
        let Some(view) = make.await? else { return Ok(None) };
        let made = Arc::new(Made::new(view));
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(id, (now, made.clone()));
        while kept.len() > KEPT {
            let oldest = kept.iter().min_by_key(|(_, (at, _))| *at).map(|(id, _)| *id);
            oldest.and_then(|id| kept.remove(&id));
        }
        Ok(Some(made))
    }

    fn fresh(&self, id: IncidentId, now: Ms) -> Option<Arc<Made>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, made) = kept.get(&id)?;
        (now.since(*at) < FRESH && now >= *at).then(|| made.clone())
    }

    /// Notes that an address asked for a code that does not exist.
    pub fn missed(&self, peer: IpAddr, now: Ms) {
        let mut misses = self.misses.lock().unwrap_or_else(PoisonError::into_inner);
        if misses.len() >= PEERS {
            misses.retain(|_, (_, since)| now.since(*since) < MISS_SPAN);
            // Still full: whoever floods from everywhere is not slowed by forgetting, and memory stays bounded.
            if misses.len() >= PEERS {
                misses.clear();
            }
        }
        let (count, since) = misses.entry(peer).or_insert((0, now));
        if now.since(*since) >= MISS_SPAN {
            (*count, *since) = (0, now);
        }
        *count = count.saturating_add(1);
    }

    /// Whether an address asked for too many codes that do not exist.
    pub fn is_noisy(&self, peer: IpAddr, now: Ms) -> bool {
        let misses = self.misses.lock().unwrap_or_else(PoisonError::into_inner);
        misses
            .get(&peer)
            .is_some_and(|(count, since)| *count >= MISSES && now.since(*since) < MISS_SPAN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_tries_codes_has_to_wait_and_others_do_not() {
        let folder = tempfile::tempdir().expect("folder");
        let codes = Arc::new(Codes::open(folder.path()).expect("key"));
        let public = Public::open(codes, folder.path()).expect("cards");
        let at = |text: &str| text.parse::<IpAddr>().expect("address");
        let (guesser, other) = (at("192.0.2.1"), at("192.0.2.2"));
        for _ in 0..MISSES {
            assert!(!public.is_noisy(guesser, Ms(1_000)));
            public.missed(guesser, Ms(1_000));
        }
        assert!(public.is_noisy(guesser, Ms(2_000)));
        assert!(!public.is_noisy(other, Ms(2_000)));
        assert!(!public.is_noisy(guesser, Ms(1_000).after(MISS_SPAN)));
        for n in 0..30_000_u32 {
            public.missed(IpAddr::V4(n.into()), Ms(2_000));
        }
        assert!(public.misses.lock().expect("lock").len() <= PEERS);
    }
}
