//! The whole platform, asked in-process and over its ports: one program, since each would link all of it.

mod common;

mod access;
mod base;
mod channels;
mod commands;
mod connectors;
mod dispatch;
mod dispatch_changes;
mod duty;
mod exchange;
mod exposure;
mod forces;
mod inside;
mod live;
mod observed;
mod openapi;
mod programs;
mod public_page;
mod quality;
mod response;
mod review;
mod risk;
mod rubbish;
mod session;
mod sharing;
mod shelters;
mod stock;
mod uphill;
mod verify;
mod weather_feed;
mod what_if;
