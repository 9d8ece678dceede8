//! The Atom feed (RFC 4287) of published documents.

use helan_kernel::Ms;

use super::{Issuer, MEDIA_TYPE, time, xml::Writer};

/// One document in the feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedEntry {
    /// CAP identifier: the document's name.
    pub name: String,
    /// Headline.
    pub title: String,
    /// When it was published.
    pub sent: Ms,
}

/// The feed of these entries, newest first. `base` is the address under which the documents are reached, without a slash at
/// its end. `updated` is the moment of the newest entry ever published, so that an unchanged feed keeps its bytes.
#[must_use]
pub fn feed(issuer: &Issuer, base: &str, updated: Ms, entries: &[FeedEntry]) -> String {
    let mut out = Writer::new();
    out.open("feed", " xmlns=\"http://www.w3.org/2005/Atom\"");
    out.leaf("id", &format!("{base}/cap/feed.atom"));
    out.leaf("title", &issuer.name.zh);
    out.leaf("updated", &time(updated));
    out.open("author", "");
    out.leaf("name", &issuer.name.zh);
    out.close();
    let own = format!("{base}/cap/feed.atom");
    out.empty("link", &[("rel", "self"), ("type", "application/atom+xml"), ("href", &own)]);
    for entry in entries {
        let href = format!("{base}/cap/{}.xml", entry.name);
        out.open("entry", "");
        out.leaf("id", &format!("urn:helan:cap:{}:{}", issuer.sender, entry.name));
        out.leaf("title", &entry.title);
        out.leaf("updated", &time(entry.sent));
        out.empty("link", &[("rel", "alternate"), ("type", MEDIA_TYPE), ("href", &href)]);
        out.close();
    }
    out.finish()
}
