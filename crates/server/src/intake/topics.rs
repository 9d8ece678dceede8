//! The topics of the device API.

/// What a device may say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// Readings.
    Readings,
    /// Replies to commands.
    Replies,
}

/// What a device may listen to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Commands.
    pub commands: bool,
    /// Refusals of what it sent.
    pub refusals: bool,
}

const ROOT: &str = "helan/v1/";

/// The device that a topic speaks of, and what is said.
#[must_use]
pub fn said(topic: &str) -> Option<(&str, Said)> {
    let (device, leaf) = topic.strip_prefix(ROOT)?.split_once('/')?;
    let said = match leaf {
        "readings" => Said::Readings,
        "replies" => Said::Replies,
        _ => return None,
    };
    Some((device, said))
}

/// The device that a filter speaks of, and what is heard. Wildcards are taken only below the device.
#[must_use]
pub fn heard(filter: &str) -> Option<(&str, Heard)> {
    let (device, leaf) = filter.strip_prefix(ROOT)?.split_once('/')?;
    let heard = match leaf {
        "commands" => Heard { commands: true, refusals: false },
        "refusals" => Heard { commands: false, refusals: true },
        "+" | "#" => Heard { commands: true, refusals: true },
        _ => return None,
    };
    (!device.contains(['+', '#'])).then_some((device, heard))
}

/// Topic of the commands for a device.
#[must_use]
pub fn commands(device: &str) -> String {
    format!("{ROOT}{device}/commands")
}

/// Topic of the refusals for a device.
#[must_use]
pub fn refusals(device: &str) -> String {
    format!("{ROOT}{device}/refusals")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_of_devices() {
        let check = |topic: &str, expected| assert_eq!(said(topic), expected, "{topic}");
        check("helan/v1/a/readings", Some(("a", Said::Readings)));
        check("helan/v1/a/replies", Some(("a", Said::Replies)));
        check("helan/v1/a/commands", None);
        check("helan/v1/a/b/readings", None);
        check("helan/v2/a/readings", None);
        check("readings", None);
    }

    #[test]
    fn filters_of_devices() {
        let both = Heard { commands: true, refusals: true };
        let check = |filter: &str, expected| assert_eq!(heard(filter), expected, "{filter}");
        check("helan/v1/a/commands", Some(("a", Heard { commands: true, refusals: false })));
        check("helan/v1/a/refusals", Some(("a", Heard { commands: false, refusals: true })));
        check("helan/v1/a/#", Some(("a", both)));
        check("helan/v1/a/+", Some(("a", both)));
        check("helan/v1/+/commands", None);
        check("helan/v1/#", None);
        check("#", None);
        check("helan/v1/a/readings", None);
        check("$share/g/helan/v1/a/commands", None);
    }
}
