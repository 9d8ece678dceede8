//! The readiness of forces (R12, R19): how an order to a team or vehicle goes on, and whether it could be given at all.

use serde::{Deserialize, Serialize};

/// How far an order to a force has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OrderStage {
    /// The order is out.
    Ordered,
    /// The force has said yes.
    Accepted,
    /// On the way.
    Moving,
    /// There.
    OnScene,
    /// Nobody can reach it. It is not free: somebody must look for it.
    Lost,
    /// Its work is done.
    Done,
    /// It has said no.
    Declined,
    /// Called back.
    Recalled,
}

/// What happens to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OrderStep {
    /// The force says yes.
    Accept,
    /// The force says no.
    Decline,
    /// It leaves.
    Depart,
    /// It is there.
    Arrive,
    /// Its work is done.
    Finish,
    /// Nobody can reach it.
    Lose,
    /// It is called back.
    Recall,
}

impl OrderStep {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Accept,
        Self::Decline,
        Self::Depart,
        Self::Arrive,
        Self::Finish,
        Self::Lose,
        Self::Recall,
    ];

    /// The word it is stored and shown as.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Decline => "decline",
            Self::Depart => "depart",
            Self::Arrive => "arrive",
            Self::Finish => "finish",
            Self::Lose => "lose",
            Self::Recall => "recall",
        }
    }

    /// Whether only whoever commands may do it: a force cannot call itself back or declare itself lost.
    #[must_use]
    pub const fn commands(self) -> bool {
        matches!(self, Self::Lose | Self::Recall)
    }
}

impl OrderStage {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Ordered,
        Self::Accepted,
        Self::Moving,
        Self::OnScene,
        Self::Lost,
        Self::Done,
        Self::Declined,
        Self::Recalled,
    ];

    /// The word it is stored and shown as.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ordered => "ordered",
            Self::Accepted => "accepted",
            Self::Moving => "moving",
            Self::OnScene => "on-scene",
            Self::Lost => "lost",
            Self::Done => "done",
            Self::Declined => "declined",
            Self::Recalled => "recalled",
        }
    }

    /// The stage with this word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.word() == word)
    }

    /// Whether the force is bound by the order.
    #[must_use]
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Done | Self::Declined | Self::Recalled)
    }

    /// Where a step leads; none when it cannot be done. A force may skip what nobody typed (it left without saying yes), and any
    /// word from one that was lost is a sign of life; nothing goes back.
    #[must_use]
    pub const fn transition(self, step: OrderStep) -> Option<Self> {
        use OrderStage as S;
        use OrderStep as T;
        match (self, step) {
            (S::Ordered, T::Accept) => Some(S::Accepted),
            (S::Ordered | S::Accepted, T::Decline) => Some(S::Declined),
            (S::Ordered | S::Accepted | S::Lost, T::Depart) => Some(S::Moving),
            (S::Ordered | S::Accepted | S::Moving | S::Lost, T::Arrive) => Some(S::OnScene),
            (S::OnScene | S::Lost, T::Finish) => Some(S::Done),
            (S::Ordered | S::Accepted | S::Moving | S::OnScene, T::Lose) => Some(S::Lost),
            (S::Ordered | S::Accepted | S::Moving | S::OnScene | S::Lost, T::Recall) => {
                Some(S::Recalled)
            }
            _ => None,
        }
    }
}

/// Whether a force could leave, as it says itself or as its record says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Readiness {
    /// It can leave now.
    Ready,
    /// It is out already.
    Out,
    /// It rests, or is under repair.
    StoodDown,
    /// It does not exist any more.
    Off,
    /// Nobody has said.
    Unknown,
}

impl Readiness {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Ready, Self::Out, Self::StoodDown, Self::Off, Self::Unknown];

    /// The word it is stored and shown as.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Out => "out",
            Self::StoodDown => "stood-down",
            Self::Off => "off",
            Self::Unknown => "unknown",
        }
    }

    /// The readiness with this word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ready| ready.word() == word)
    }

    /// What a record says: teams and vehicles use words of their own for the same.
    #[must_use]
    pub fn of_record(word: &str) -> Self {
        match word {
            "ready" => Self::Ready,
            "out" => Self::Out,
            "stood-down" | "repair" => Self::StoodDown,
            "off" | "scrapped" => Self::Off,
            _ => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every stage, every step, written out once more by hand.
    #[test]
    fn orders_go_on_as_the_table_says() {
        use OrderStage as S;
        // accept, decline, depart, arrive, finish, lose, recall
        let table = [
            (S::Ordered, "accepted declined moving on-scene - lost recalled"),
            (S::Accepted, "- declined moving on-scene - lost recalled"),
            (S::Moving, "- - - on-scene - lost recalled"),
            (S::OnScene, "- - - - done lost recalled"),
            (S::Lost, "- - moving on-scene done - recalled"),
            (S::Done, "- - - - - - -"),
            (S::Declined, "- - - - - - -"),
            (S::Recalled, "- - - - - - -"),
        ];
        assert_eq!(table.map(|(stage, _)| stage), S::ALL);
        for (stage, row) in table {
            let after: Vec<&str> = OrderStep::ALL
                .into_iter()
                .map(|step| stage.transition(step).map_or("-", OrderStage::word))
                .collect();
            assert_eq!(after.join(" "), row, "{stage:?}");
            assert_eq!(stage.is_open(), row.contains(char::is_alphabetic), "{stage:?}");
            assert_eq!(S::of(stage.word()), Some(stage));
        }
    }

    #[test]
    fn records_have_words_of_their_own() {
        assert_eq!(Readiness::of_record("repair"), Readiness::StoodDown);
        assert_eq!(Readiness::of_record("scrapped"), Readiness::Off);
        assert_eq!(Readiness::of_record(""), Readiness::Unknown);
        assert_eq!(Readiness::of("stood-down"), Some(Readiness::StoodDown));
    }
}
