//! A small XML writer, and a bounded reader into a tree.

use quick_xml::{
    escape::escape,
    events::{BytesStart, Event},
    name::ResolveResult,
    reader::NsReader,
};

use super::{CapError, Fault, Limits};

/// Writes elements in order, indented.
pub(super) struct Writer {
    text: String,
    open: Vec<&'static str>,
}

impl Writer {
    pub(super) fn new() -> Self {
        Self {
            text: String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"),
            open: Vec::new(),
        }
    }

    /// Opens an element; `attributes` is written as it is.
    pub(super) fn open(&mut self, name: &'static str, attributes: &str) {
        self.indent();
        self.text.push('<');
        self.text.push_str(name);
        self.text.push_str(attributes);
        self.text.push_str(">\n");
        self.open.push(name);
    }

    pub(super) fn close(&mut self) {
        if let Some(name) = self.open.pop() {
            self.indent();
            self.text.push_str("</");
            self.text.push_str(name);
            self.text.push_str(">\n");
        }
    }

    /// An element with a text.
    pub(super) fn leaf(&mut self, name: &str, value: &str) {
        self.indent();
        self.text.push_str(&format!("<{name}>{}</{name}>\n", clean(value)));
    }

    /// An empty element with attributes.
    pub(super) fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.indent();
        self.text.push('<');
        self.text.push_str(name);
        for (name, value) in attributes {
            self.text.push_str(&format!(" {name}=\"{}\"", clean(value)));
        }
        self.text.push_str("/>\n");
    }

    pub(super) fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.close();
        }
        self.text
    }

    fn indent(&mut self) {
        for _ in &self.open {
            self.text.push_str("  ");
        }
    }
}

/// A text with markup escaped, and without the characters that XML 1.0 §2.2 forbids.
fn clean(value: &str) -> String {
    let allowed = |c: &char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..);
    let kept: String = value.chars().filter(allowed).collect();
    // A bare carriage return would be read back as a line feed.
    escape(kept.as_str()).replace('\r', "&#13;")
}

/// An element that was read.
#[derive(Debug)]
pub(super) struct Node {
    /// Local name; elements of foreign namespaces are not kept.
    pub(super) name: String,
    /// Text of the element itself, entities resolved, outer white space removed.
    pub(super) text: String,
    pub(super) children: Vec<Node>,
    /// Where it begins, in bytes.
    pub(super) offset: u64,
}

/// Namespaces that are read: CAP 1.2 and 1.1 (the same elements, but for a few values).
const KNOWN: [&str; 2] = [super::NAMESPACE, "urn:oasis:names:tc:emergency:cap:1.1"];

/// Reads a document into a tree. No DTD, no entities but the five of XML, everything bounded.
pub(super) fn tree(text: &str, limits: &Limits) -> Result<Node, CapError> {
    let mut reader = NsReader::from_str(text);
    let mut tree = Tree { stack: Vec::new(), root: None, elements: 0, foreign: 0, limits };
    loop {
        let offset = reader.buffer_position();
        let fail = |fault| CapError { offset, fault };
        let (namespace, event) =
            reader.read_resolved_event().map_err(|error| fail(Fault::Syntax(error.to_string())))?;
        let own = is_own(&namespace);
        let taken = match event {
            Event::Start(start) => tree.start(&start, own, offset),
            Event::Empty(start) => tree.empty(&start, own, offset),
            Event::End(_) => {
                tree.end();
                Ok(())
            }
            Event::Text(text) => tree.text(&text.xml10_content()),
            Event::CData(text) => tree.text(&text.xml10_content()),
            Event::GeneralRef(reference) => {
                let c = if reference.is_char_ref() {
                    reference.resolve_char_ref().ok().flatten()
                } else {
                    predefined(&reference.xml10_content())
                };
                c.ok_or(Fault::Entity).and_then(|c| tree.text(c.encode_utf8(&mut [0; 4])))
            }
            Event::DocType(_) => Err(Fault::Doctype),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => Ok(()),
            Event::Eof => return tree.finish().map_err(fail),
        };
        taken.map_err(fail)?;
    }
}

/// A tree that grows.
struct Tree<'a> {
    stack: Vec<Node>,
    root: Option<Node>,
    elements: usize,
    /// Depth inside a foreign element (a signature), which is skipped; 0 when outside.
    foreign: usize,
    limits: &'a Limits,
}

impl Tree<'_> {
    fn start(&mut self, start: &BytesStart<'_>, own: bool, offset: u64) -> Result<(), Fault> {
        self.count()?;
        if self.foreign == 0 && own {
            self.stack.push(Node::new(start, offset));
            return Ok(());
        }
        // The only foreign element that the schema has: a signature at the end of the alert.
        if self.foreign == 0 && (self.stack.len() != 1 || local(start) != "Signature") {
            return Err(Fault::Unknown(local(start)));
        }
        self.foreign += 1;
        Ok(())
    }

    fn empty(&mut self, start: &BytesStart<'_>, own: bool, offset: u64) -> Result<(), Fault> {
        self.count()?;
        if self.foreign > 0 {
            return Ok(());
        }
        if !own {
            return Err(Fault::Unknown(local(start)));
        }
        self.attach(Node::new(start, offset));
        Ok(())
    }

    fn end(&mut self) {
        if self.foreign > 0 {
            self.foreign -= 1;
        } else if let Some(mut node) = self.stack.pop() {
            node.text = node.text.trim().to_owned();
            self.attach(node);
        }
    }

    fn text(&mut self, text: &str) -> Result<(), Fault> {
        if self.foreign > 0 {
            return Ok(());
        }
        match self.stack.last_mut() {
            Some(node) if node.text.len() + text.len() <= self.limits.text => {
                node.text.push_str(text);
                Ok(())
            }
            Some(_) => Err(Fault::TooLarge),
            None if text.trim().is_empty() => Ok(()),
            None => Err(Fault::Syntax("text outside of the alert".into())),
        }
    }

    fn count(&mut self) -> Result<(), Fault> {
        if self.root.is_some() {
            return Err(Fault::Syntax("content after the alert".into()));
        }
        self.elements += 1;
        let depth = self.stack.len() + self.foreign;
        if self.elements > self.limits.elements || depth >= self.limits.depth {
            return Err(Fault::TooLarge);
        }
        Ok(())
    }

    fn attach(&mut self, node: Node) {
        match self.stack.last_mut() {
            Some(parent) => parent.children.push(node),
            None => self.root = Some(node),
        }
    }

    fn finish(self) -> Result<Node, Fault> {
        let whole = self.stack.is_empty() && self.foreign == 0;
        self.root
            .filter(|_| whole)
            .ok_or_else(|| Fault::Syntax("the document ends too early".into()))
    }
}

impl Node {
    fn new(start: &BytesStart<'_>, offset: u64) -> Self {
        Self { name: local(start), text: String::new(), children: Vec::new(), offset }
    }
}

fn is_own(namespace: &ResolveResult<'_>) -> bool {
    match namespace {
        ResolveResult::Bound(namespace) => KNOWN.contains(&namespace.0),
        ResolveResult::Unbound | ResolveResult::Unknown(_) => false,
    }
}

fn local(start: &BytesStart<'_>) -> String {
    start.local_name().as_ref().to_owned()
}

fn predefined(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => None,
    }
}
