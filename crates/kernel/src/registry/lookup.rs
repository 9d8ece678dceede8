//! Questions about who answers for a place.

use super::{Post, Registry};
use crate::{AreaCode, PostId};

impl Registry {
    /// How many deputies may stand in for one another before the search gives up: a circle in the data must end.
    const MAX_DEPUTIES: usize = 4;

    /// The post of a role that answers for a place: that of the facility first, then the one with the smallest area
    /// around it; among equals the one registered first. A post that nobody fills gives way to its deputy, then to the
    /// next post; only when nobody at all fills one, the first post itself is given, so that the gap can be shown.
    ///
    /// `facility` is the key of the facility; empty when the place has none.
    #[must_use]
    pub fn post_for(&self, role: &str, facility: &str, area: AreaCode) -> Option<(PostId, &Post)> {
        let mut found: Vec<(u32, PostId, &Post)> = self
            .posts_with(role)
            .filter_map(|(id, post)| Some((nearness(post, facility, area)?, id, post)))
            .collect();
        found.sort_unstable_by_key(|&(nearness, id, _)| (nearness, id));
        let filled = found.iter().find_map(|&(_, id, post)| self.filled(id, post));
        filled.or_else(|| found.first().map(|&(_, id, post)| (id, post)))
    }

    /// The post itself when somebody fills it, else the deputy that somebody fills.
    fn filled<'a>(&'a self, id: PostId, post: &'a Post) -> Option<(PostId, &'a Post)> {
        let mut at = (id, post);
        for _ in 0..=Self::MAX_DEPUTIES {
            if !at.1.person.is_empty() || !at.1.phone.is_empty() {
                return Some(at);
            }
            let deputy = self.posts.find(&at.1.deputy)?;
            at = (PostId(deputy), self.posts.get(deputy as usize)?);
        }
        None
    }
}

/// How near a post stands to a place, nearest first; none when it answers for another place.
fn nearness(post: &Post, facility: &str, area: AreaCode) -> Option<u32> {
    match post.facility.as_str() {
        "" if post.area.contains(area) => Some(post.area.block()),
        "" => None,
        own if own == facility => Some(0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::RegistryChange;

    fn registry() -> Registry {
        let mut registry = Registry::default();
        let mut put = |key: &str, facility: &str, area: u32, person: &str, deputy: &str| {
            let post = Post {
                key: key.into(),
                role: "grid-worker".into(),
                area: AreaCode(area),
                facility: facility.into(),
                person: person.into(),
                deputy: deputy.into(),
                ..Post::default()
            };
            registry.apply(&RegistryChange::PutPost(post));
        };
        put("region", "", 640_000_000, "a", "");
        put("district", "", 640_104_000, "b", "");
        put("street", "", 640_104_001, "c", "");
        put("house", "block-7", 640_104_001, "d", "");
        put("empty", "", 640_105_001, "", "stand-in");
        put("stand-in", "elsewhere", 640_105_000, "e", "");
        put("circle", "", 640_106_001, "", "circle");
        registry
    }

    #[test]
    fn the_nearest_post_answers() {
        let registry = registry();
        let check = |facility: &str, area: u32, expected: &str| {
            let post = registry.post_for("grid-worker", facility, AreaCode(area));
            assert_eq!(post.map_or("", |(_, p)| p.key.as_str()), expected, "{facility} {area}");
        };
        check("block-7", 640_104_001, "house");
        check("block-8", 640_104_001, "street");
        check("", 640_104_002, "district");
        check("", 640_205_001, "region");
        check("", 650_205_001, "");
        check("", 640_105_001, "stand-in");
        check("", 640_106_001, "region");
    }

    #[test]
    fn a_post_that_changes_its_role_is_found_under_the_new_one() {
        let mut registry = registry();
        let post = Post {
            key: "street".into(),
            role: "property".into(),
            area: AreaCode(640_104_001),
            person: "c".into(),
            ..Post::default()
        };
        registry.apply(&RegistryChange::PutPost(post));
        let key = |role: &str| {
            registry.post_for(role, "", AreaCode(640_104_001)).map(|(_, p)| p.key.clone())
        };
        assert_eq!(key("property").as_deref(), Some("street"));
        assert_eq!(key("grid-worker").as_deref(), Some("district"));
    }
}
