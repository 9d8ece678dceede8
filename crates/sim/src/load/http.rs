//! Load over HTTP/1.1: one request on its way for each connection, headers written once.

use std::{cell::RefCell, rc::Rc, time::Instant};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::LocalSet,
};

use super::{
    Args, Figures,
    closed::{Span, Tally, figures},
    setup::LoadDevice,
    wire::{MOMENT, put_digits},
};
use crate::clock;

/// A request whose moments are filled in for each sending.
struct Request {
    bytes: Vec<u8>,
    moments: Vec<usize>,
}

impl Request {
    fn new(host: &str, device: &LoadDevice) -> Self {
        let head = format!(
            "POST /device/v1/{}/readings HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            device.key,
            device.token,
            device.payload.len()
        );
        let moments = device.payload.match_indices(MOMENT).map(|(at, _)| head.len() + at).collect();
        Self { bytes: (head + &device.payload).into_bytes(), moments }
    }

    fn fill(&mut self, first: i64) -> i64 {
        let mut moment = first;
        for at in &self.moments {
            if let Some(place) = self.bytes.get_mut(*at..*at + MOMENT.len()) {
                put_digits(place, moment);
            }
            moment += 1;
        }
        moment
    }
}

pub(super) fn run(args: &Args, devices: &[LoadDevice]) -> Result<Figures> {
    let host = args.server.trim_start_matches("http://").trim_end_matches('/').to_owned();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let tally = Rc::new(RefCell::new(Tally::default()));
    runtime.block_on(LocalSet::new().run_until(async {
        let span = Span::begin(args);
        let mut tasks = Vec::new();
        for device in devices {
            let request = Request::new(&host, device);
            let (host, tally, start) = (host.clone(), tally.clone(), device.start);
            tasks.push(tokio::task::spawn_local(async move {
                play(&host, request, start, span, &tally).await
            }));
        }
        for task in tasks {
            task.await.context("a connection stopped")??;
        }
        Ok::<(), anyhow::Error>(())
    }))?;
    let tally = Rc::try_unwrap(tally).map_err(|_shared| anyhow!("a connection is still there"))?;
    Ok(figures(args, args.seconds, &tally.into_inner()))
}

async fn play(
    host: &str,
    mut request: Request,
    start: i64,
    span: Span,
    tally: &RefCell<Tally>,
) -> Result<()> {
    let mut stream = TcpStream::connect(host).await.with_context(|| host.to_owned())?;
    stream.set_nodelay(true)?;
    let mut input = Vec::with_capacity(4096);
    let mut moment = start;
    loop {
        let at: Instant = clock::instant();
        if at >= span.to {
            return Ok(());
        }
        moment = request.fill(moment);
        stream.write_all(&request.bytes).await?;
        let status = answer(&mut stream, &mut input).await?;
        let now = clock::instant();
        let mut tally = tally.borrow_mut();
        tally.sent += u64::from(span.holds(at));
        if status != 200 {
            tally.refused += 1;
        } else if span.holds(now) {
            tally.acknowledged += 1;
            tally.acknowledged_times.add(now - at);
        }
    }
}

/// Reads one answer with a Content-Length and gives its status.
async fn answer(stream: &mut TcpStream, input: &mut Vec<u8>) -> Result<u16> {
    loop {
        if let Some(end) = input.windows(4).position(|w| w == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(input.get(..end).unwrap_or_default()).to_lowercase();
            let status = head.split(' ').nth(1).and_then(|s| s.parse().ok());
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok())
                .context("an answer without content-length")?;
            let total = end + 4 + length;
            if input.len() >= total {
                input.drain(..total);
                return status.context("an answer without status");
            }
        }
        ensure!(input.len() < 65_536, "an answer without end");
        if stream.read_buf(input).await? == 0 {
            bail!("closed by the server");
        }
    }
}
