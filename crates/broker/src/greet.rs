//! The first packet of a client, and the bytes that come from its socket.

use std::{cell::RefCell, io, pin::Pin, task::ready};

use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf},
    time::{timeout, timeout_at},
};

use crate::{
    clock,
    control::{self, Connect, ConnectFault},
    limits,
    link::Link,
    server::Endpoint,
    service::{Denied, Hello, Service},
    wire::{self, Fault, kind},
};

/// Waits for CONNECT and lets the service decide. None when the client was sent away.
pub(crate) async fn greet<S: Service, I: AsyncRead + AsyncWrite + Unpin + Send>(
    endpoint: &Endpoint<S>,
    io: &mut I,
    buffer: &mut Vec<u8>,
    link: &Link,
) -> Option<(Connect, String, S::Session)> {
    let _stranger = endpoint.strangers.acquire().await.ok()?;
    let deadline = clock::now() + limits::CONNECT_TIMEOUT;
    let hello = loop {
        // Another protocol on this port need not send what looks like a length.
        if buffer.first().is_some_and(|head| *head != kind::CONNECT << 4) {
            endpoint.service.broke(None, link.peer(), Fault::Protocol);
            return None;
        }
        let mut rest = buffer.as_slice();
        match wire::frame(&mut rest, limits::MAX_CONNECT) {
            Ok(Some(frame)) => {
                let hello = control::connect(frame);
                let used = buffer.len() - rest.len();
                buffer.drain(..used);
                break hello;
            }
            Ok(None) => {}
            Err(fault) => {
                endpoint.service.broke(None, link.peer(), fault);
                return None;
            }
        }
        match timeout_at(deadline, fill(io, buffer)).await {
            Ok(Ok(count)) if count > 0 => {}
            ended => {
                // Whoever only looks whether the port is open has sent nothing.
                if !buffer.is_empty() || ended.is_err() {
                    endpoint.service.broke(None, link.peer(), Fault::Cut);
                }
                return None;
            }
        }
    };
    let mut out = Vec::new();
    let hello = match hello {
        Ok(hello) => hello,
        Err(ConnectFault::Version) => {
            endpoint.service.broke(None, link.peer(), Fault::Version);
            control::put_wrong_version(&mut out);
            send_away(io, &out).await;
            return None;
        }
        Err(ConnectFault::Broken(fault)) => {
            endpoint.service.broke(None, link.peer(), fault);
            return None;
        }
    };
    let client = match hello.client.as_str() {
        "" => format!("helan-{}", link.id()),
        own => own.to_owned(),
    };
    let decision = if client.len() > limits::MAX_CLIENT_ID {
        endpoint.service.broke(None, link.peer(), Fault::ClientId);
        Err(Denied::ClientId)
    } else if hello.method {
        endpoint.service.broke(None, link.peer(), Fault::Protocol);
        Err(Denied::Method)
    } else {
        let asked = Hello {
            version: hello.version,
            client: &client,
            user: hello.user.as_deref(),
            password: hello.password.as_deref(),
            peer: link.peer(),
        };
        endpoint.service.connect(asked, link).await
    };
    match decision {
        Ok(session) => Some((hello, client, session)),
        Err(why) => {
            control::put_denied(&mut out, hello.version, why);
            send_away(io, &out).await;
            None
        }
    }
}

/// Last words to a client; it may be gone already.
async fn send_away<I: AsyncWrite + Unpin>(io: &mut I, out: &[u8]) {
    let words = async {
        io.write_all(out).await?;
        io.shutdown().await
    };
    drop(timeout(limits::WRITE_TIMEOUT, words).await);
}

thread_local! {
    /// Bytes come here first, so that a client that is waited for holds no buffer.
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; limits::READ_CHUNK]);
}

/// Appends what the socket has; 0 at its end.
pub(crate) async fn fill<I: AsyncRead + Unpin>(
    io: &mut I,
    buffer: &mut Vec<u8>,
) -> io::Result<usize> {
    std::future::poll_fn(|cx| {
        SCRATCH.with_borrow_mut(|scratch| {
            let mut read = ReadBuf::new(scratch);
            ready!(Pin::new(&mut *io).poll_read(cx, &mut read))?;
            buffer.extend_from_slice(read.filled());
            std::task::Poll::Ready(Ok(read.filled().len()))
        })
    })
    .await
}
