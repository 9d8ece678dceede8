//! Threads that work behind the node: history, checkpoints, snapshots.

/// How much less they get of a busy processor: about a third of what the engine and the connections get. They fall behind in
/// a storm and catch up after it, but they never stand still.
const NICE: i32 = 5;

/// Makes the calling thread give way to those that devices and people wait for. Where that cannot be done, it is only slower.
pub fn give_way() {
    #[cfg(target_os = "linux")]
    match rustix::process::setpriority_process(Some(rustix::thread::gettid()), NICE) {
        Ok(()) | Err(_) => {}
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #[test]
    fn only_the_calling_thread_gives_way() {
        let nice = || {
            let own = Some(rustix::thread::gettid());
            rustix::process::getpriority_process(own).expect("a priority")
        };
        let before = nice();
        let behind = std::thread::spawn(move || {
            super::give_way();
            nice()
        });
        assert_eq!(behind.join().expect("no panic"), super::NICE.max(before));
        assert_eq!(nice(), before);
    }
}
