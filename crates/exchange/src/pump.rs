//! Readers whose library holds on to the file while rows are read: they run on a thread of their own and hand over row by row.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
    mpsc::{Receiver, SyncSender, sync_channel},
};

use crate::{FileError, Row, Rows};

/// Rows that wait to be taken: enough that neither side waits for each, and few in memory.
const WAITING: usize = 64;

/// What is known of a file before its first row.
#[derive(Debug, Default)]
pub struct Head {
    /// Names of the columns.
    pub heading: Vec<String>,
    /// The sheets or layers, the one that is read first.
    pub layers: Vec<String>,
}

enum Message {
    Head(Head),
    Row(Row),
    Failed(FileError),
    End,
}

/// Where the thread puts what it reads.
pub struct Outlet {
    to: SyncSender<Message>,
    progress: Arc<AtomicU64>,
}

/// Nobody wants more rows.
#[derive(Debug)]
pub struct Gone;

/// Why a thread ends early.
#[derive(Debug)]
pub enum Stop {
    /// The file cannot be read on.
    File(FileError),
    /// Nobody wants more.
    Gone,
}

impl From<FileError> for Stop {
    fn from(error: FileError) -> Self {
        Self::File(error)
    }
}

impl From<Gone> for Stop {
    fn from(_gone: Gone) -> Self {
        Self::Gone
    }
}

impl Outlet {
    /// Says what the columns are; comes before the first row.
    pub fn head(&self, head: Head) -> Result<(), Gone> {
        self.to.send(Message::Head(head)).map_err(|_closed| Gone)
    }

    /// Hands over a row.
    pub fn row(&self, row: Row) -> Result<(), Gone> {
        self.to.send(Message::Row(row)).map_err(|_closed| Gone)
    }

    /// Says how much was read.
    pub fn progress(&self, done: u64, of: u64) {
        let thousandths = done.saturating_mul(1000) / of.max(1);
        self.progress.store(thousandths.min(1000), Ordering::Relaxed);
    }
}

/// Rows that a thread reads.
pub struct Pump {
    head: Head,
    from: Receiver<Message>,
    progress: Arc<AtomicU64>,
    over: bool,
}

impl Pump {
    /// Starts the thread and waits for the head of the file. The thread inherits the priority of its maker, and ends when
    /// the pump is dropped.
    pub fn start(
        work: impl FnOnce(&Outlet) -> Result<(), Stop> + Send + 'static,
    ) -> Result<Self, FileError> {
        let (to, from) = sync_channel(WAITING);
        let progress = Arc::new(AtomicU64::new(0));
        let outlet = Outlet { to, progress: progress.clone() };
        std::thread::Builder::new().name("helan-reader".into()).spawn(move || {
            let last = match work(&outlet) {
                Ok(()) => Message::End,
                Err(Stop::File(error)) => Message::Failed(error),
                Err(Stop::Gone) => return,
            };
            // Nobody may be there any more.
            drop(outlet.to.send(last));
        })?;
        let mut pump = Self { head: Head::default(), from, progress, over: false };
        match pump.take()? {
            Some(Message::Head(head)) => pump.head = head,
            _ => return Err(FileError::Empty),
        }
        Ok(pump)
    }

    fn take(&mut self) -> Result<Option<Message>, FileError> {
        if self.over {
            return Ok(None);
        }
        match self.from.recv() {
            Ok(Message::End) => {
                self.over = true;
                Ok(None)
            }
            Ok(Message::Failed(error)) => {
                self.over = true;
                Err(error)
            }
            Ok(message) => Ok(Some(message)),
            // The thread fell over: its library met something that it takes for impossible.
            Err(_closed) => {
                self.over = true;
                Err(FileError::Broken { row: 0, why: "the file is damaged".to_owned() })
            }
        }
    }
}

impl Rows for Pump {
    fn heading(&self) -> &[String] {
        &self.head.heading
    }

    fn next(&mut self) -> Result<Option<Row>, FileError> {
        match self.take()? {
            Some(Message::Row(row)) => Ok(Some(row)),
            _ => Ok(None),
        }
    }

    fn progress(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "0 to 1000")]
        let part = self.progress.load(Ordering::Relaxed) as f64 / 1000.0;
        part
    }

    fn layers(&self) -> &[String] {
        &self.head.layers
    }
}
