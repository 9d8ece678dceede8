//! The corpus of the fuzz targets, and thousands of damaged copies of it: every parser of foreign bytes comes back from all.
//!
//! The same damage every time: a failure names the file and the number of the copy, and prints the bytes.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

#[path = "../../fuzz/src/lib.rs"]
mod targets;

use std::{
    collections::BTreeSet,
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
};

use helan_e2e::root;
use helan_sim::random::Random;

/// Bytes of damaged copies for each target: a debug build reads them in some seconds.
const BYTES: usize = 2 * 1024 * 1024;
/// Copies of each target: at most, for the small files, and at least, for the large.
const COPIES: (usize, usize) = (3000, 300);
/// Changes made to one copy, at most: few, so that a good part of the copies gets past the first check.
const CHANGES: u64 = 3;
/// Numbers at which parsers break.
const EDGES: [u8; 8] = [0, 1, 0x7f, 0x80, 0xff, b'"', b'-', b'['];

type Corpus = Vec<(String, Vec<u8>)>;

fn corpus(target: &str) -> Corpus {
    let folder = root().join("fuzz/corpus").join(target);
    let mut corpus: Corpus = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            (format!("{target}/{name}"), fs::read(entry.path()).unwrap())
        })
        .collect();
    corpus.sort();
    corpus
        .extend(targets::written(target).into_iter().map(|b| (format!("{target} as written"), b)));
    assert!(corpus.len() >= 3, "{target} has too small a corpus");
    corpus
}

/// A copy with some bytes changed, taken out, doubled, or put in from another file.
fn damaged(corpus: &Corpus, random: &mut Random) -> (String, Vec<u8>) {
    let pick = |random: &mut Random, limit: usize| -> usize {
        usize::try_from(random.below(limit as u64)).unwrap()
    };
    let (name, whole) = &corpus[pick(random, corpus.len())];
    let mut bytes = whole.clone();
    for _ in 0..1 + random.below(CHANGES) {
        let at = pick(random, bytes.len() + 1);
        let length = pick(random, 16).min(bytes.len() - at);
        match random.below(10) {
            0..=3 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            4 if at < bytes.len() => bytes[at] = EDGES[pick(random, EDGES.len())],
            5 => bytes.truncate(at),
            6 => drop(bytes.drain(at..at + length)),
            7 => {
                let part = bytes[at..at + length].to_vec();
                bytes.splice(at..at, part);
            }
            _ => {
                let other = &corpus[pick(random, corpus.len())].1;
                let from = pick(random, other.len() + 1);
                let part = &other[from..(from + 32).min(other.len())];
                bytes.splice(at..at, part.iter().copied());
            }
        }
    }
    (name.clone(), bytes)
}

fn check(target: &targets::Target) {
    let read = |what: &str, bytes: &[u8]| {
        let read = catch_unwind(AssertUnwindSafe(|| (target.run)(bytes)));
        read.unwrap_or_else(|_| panic!("{what}: b\"{}\"", bytes.escape_ascii()))
    };
    let corpus = corpus(target.name);
    let mut good = Corpus::new();
    for (name, bytes) in &corpus {
        if read(name, bytes) {
            good.push((name.clone(), bytes.clone()));
        }
        // Every cut of a small file; a large one is cut by the copies.
        for cut in (0..bytes.len()).filter(|_| bytes.len() <= 512) {
            read(&format!("{name} up to byte {cut}"), &bytes[..cut]);
        }
    }
    let both = !good.is_empty() && good.len() < corpus.len();
    assert!(both, "{}: the corpus has files that are taken and files that are not", target.name);
    let mean = corpus.iter().map(|(_, bytes)| bytes.len()).sum::<usize>() / corpus.len();
    let copies = (BYTES / mean.max(1)).clamp(COPIES.1, COPIES.0);
    let mut random = Random::of(1, target.name);
    let mut taken = 0;
    for copy in 0..copies {
        // Most copies are of files that are taken: damage to them leads deeper.
        let from = if random.below(4) == 0 { &corpus } else { &good };
        let (name, bytes) = damaged(from, &mut random);
        taken += usize::from(read(&format!("copy {copy} of {name}"), &bytes));
    }
    eprintln!("{}: {} files, {copies} copies, {taken} taken", target.name, corpus.len());
}

#[test]
fn no_parser_falls_over_its_corpus_or_damaged_copies_of_it() {
    let failed: Vec<&str> = thread::scope(|scope| {
        // Two at a time: as many as the machine of the build has.
        let halves = targets::TARGETS.chunks(targets::TARGETS.len().div_ceil(2));
        let run = |target: &&targets::Target| catch_unwind(|| check(target)).is_err();
        let threads: Vec<_> = halves
            .map(|half| {
                scope.spawn(move || half.iter().filter(run).map(|t| t.name).collect::<Vec<_>>())
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(failed.is_empty(), "{failed:?}");
}

/// Each target is a binary for the fuzzer and has a corpus; there is no binary and no corpus beside them.
#[test]
fn targets_binaries_and_corpora_belong_together() {
    let names: BTreeSet<String> = targets::TARGETS.iter().map(|t| t.name.to_owned()).collect();
    let found = |folder: &str, end: &str| -> BTreeSet<String> {
        let entries = fs::read_dir(root().join("fuzz").join(folder)).unwrap();
        let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
        entries
            .map(|entry| name(entry.unwrap()))
            .map(|name| name.strip_suffix(end).unwrap().to_owned())
            .collect()
    };
    assert_eq!(found("fuzz_targets", ".rs"), names);
    assert_eq!(found("corpus", ""), names);
    let manifest = fs::read_to_string(root().join("fuzz/Cargo.toml")).unwrap();
    for name in &names {
        assert!(manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")), "{name}");
    }
}
