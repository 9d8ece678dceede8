//! What waits for one gateway. Who must leave comes before everybody else, whatever came first.
//!
//! Only numbers wait here, never more than the engine has notices: what is said, and whether it still has to be said, is
//! asked of the engine just before it leaves.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use helan_kernel::{NoticeId, push::Protective};
use tokio::sync::Notify;

/// One notice on its way to a gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Item {
    /// What its recipient shall do: the order of leaving.
    pub action: Protective,
    /// Number.
    pub id: NoticeId,
    /// Tries so far.
    pub tries: u8,
}

#[derive(Debug, Default)]
struct State {
    waiting: BTreeMap<(Protective, NoticeId), u8>,
    closed: bool,
}

/// The queue before a gateway. Adding never waits: a slow gateway holds up nobody but itself.
#[derive(Debug, Default)]
pub(super) struct Door {
    state: Mutex<State>,
    woken: Notify,
}

impl Door {
    /// Adds a notice; the same one waits once.
    pub fn add(&self, item: Item) {
        self.lock().waiting.insert((item.action, item.id), item.tries);
        self.woken.notify_one();
    }

    /// The most urgent one, as soon as there is one; none when the door was closed. One task asks.
    pub async fn next(&self) -> Option<Item> {
        loop {
            {
                let mut state = self.lock();
                if state.closed {
                    return None;
                }
                if let Some(((action, id), tries)) = state.waiting.pop_first() {
                    return Some(Item { action, id, tries });
                }
            }
            self.woken.notified().await;
        }
    }

    /// Nothing leaves any more.
    pub fn close(&self) {
        self.lock().closed = true;
        self.woken.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn leave_first_then_in_the_order_of_the_numbers() {
        let door = Door::default();
        let item = |action, id| Item { action, id: NoticeId(id), tries: 0 };
        let given = [
            item(Protective::AllClear, 1),
            item(Protective::Task, 2),
            item(Protective::Leave, 9),
            item(Protective::StayAway, 4),
            item(Protective::Leave, 5),
            item(Protective::Leave, 5),
        ];
        for item in given {
            door.add(item);
        }
        let mut order = Vec::new();
        for _ in 0..5 {
            order.push(door.next().await.expect("an item").id.0);
        }
        assert_eq!(order, [5, 9, 4, 2, 1]);
        door.close();
        door.add(item(Protective::Leave, 7));
        assert_eq!(door.next().await, None);
    }
}
