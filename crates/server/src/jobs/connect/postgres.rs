//! Rows of a query of PostgreSQL, as a table of texts.

use std::{fs::File, io::Write, net::SocketAddr, pin::pin};

use futures_util::StreamExt;
use helan_exchange::csv_row;
use tokio::net::TcpStream;
use tokio_postgres::{Config, Error, NoTls, SimpleQueryMessage, config::SslMode, types::Type};

use super::{
    MAX_BYTES, MAX_ROWS, Trouble,
    fetch::{CONNECT, too_large},
};

/// Who asks.
pub struct Login<'a> {
    /// User.
    pub user: &'a str,
    /// Password; none when the machine asks for none.
    pub password: Option<&'a str>,
    /// Database.
    pub database: &'a str,
}

/// What every session is told: nothing is written, no statement takes longer than a run, days are written as 2024-03-05.
const OPTIONS: &str =
    "-c default_transaction_read_only=on -c statement_timeout=280000 -c datestyle=ISO";

/// Asks a query and writes its rows.
pub async fn fetch(
    addresses: &[SocketAddr],
    login: &Login<'_>,
    query: &str,
    into: &mut File,
) -> Result<(), Trouble> {
    let connecting = tokio::time::timeout(CONNECT, TcpStream::connect(addresses));
    let stream = match connecting.await {
        Ok(Ok(stream)) => stream,
        Ok(Err(_)) => return Err(Trouble::new("连接失败", "no connection")),
        Err(_) => return Err(Trouble::new("连接超时", "no connection in time")),
    };
    let mut config = Config::new();
    config
        .user(login.user)
        .dbname(login.database)
        .application_name("helan")
        .options(OPTIONS)
        .ssl_mode(SslMode::Disable);
    if let Some(password) = login.password {
        config.password(password);
    }
    let greeting = tokio::time::timeout(CONNECT, config.connect_raw(stream, NoTls)).await;
    let (client, connection) = match greeting {
        Ok(greeted) => greeted.map_err(|error| said(&error))?,
        Err(_late) => return Err(Trouble::new("连接超时", "no connection in time")),
    };
    // It ends with the client.
    let talking = tokio::spawn(connection);
    let done = rows(&client, query, into).await;
    drop(client);
    talking.abort();
    done
}

async fn rows(
    client: &tokio_postgres::Client,
    query: &str,
    into: &mut File,
) -> Result<(), Trouble> {
    let query = query.trim().trim_end_matches(';');
    // Prepared first: that takes one statement alone, so the text cannot end the transaction and begin something else.
    client.prepare(query).await.map_err(|error| said(&error))?;
    let whole = format!("SELECT * FROM ({query}\n) AS helan_rows LIMIT {}", MAX_ROWS + 1);
    let prepared = client.prepare(&whole).await.map_err(|error| said(&error))?;
    let flags: Vec<bool> =
        prepared.columns().iter().map(|column| *column.type_() == Type::BOOL).collect();
    let answer = client.simple_query_raw(&whole).await.map_err(|error| said(&error))?;
    let mut answer = pin!(answer);
    let mut size = 0;
    while let Some(message) = answer.next().await {
        let line = match message.map_err(|error| said(&error))? {
            SimpleQueryMessage::RowDescription(columns) => {
                csv_row(columns.iter().map(tokio_postgres::SimpleColumn::name))
            }
            SimpleQueryMessage::Row(row) => {
                let cells = (0..row.len()).zip(&flags).map(|(place, flag)| {
                    match row.try_get(place).ok().flatten().unwrap_or_default() {
                        "t" if *flag => "true",
                        "f" if *flag => "false",
                        text => text,
                    }
                });
                csv_row(cells)
            }
            _ => continue,
        };
        size += line.len() as u64;
        if size > MAX_BYTES {
            return Err(too_large());
        }
        into.write_all(&line)?;
    }
    Ok(())
}

/// What the other system says. Its words name columns and rights, and no values of ours.
fn said(error: &Error) -> Trouble {
    match error.as_db_error() {
        Some(said) => {
            let words: String = said.message().chars().take(300).collect();
            let code = said.code().code();
            Trouble::new(
                format!("数据库返回错误 {code}：{words}"),
                format!("the database says {code}: {words}"),
            )
        }
        None if error.is_closed() => Trouble::new("连接中断", "the connection broke"),
        None => Trouble::new("连接失败", "no connection, or no PostgreSQL there"),
    }
}
