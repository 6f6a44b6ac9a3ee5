//! Objects to messages, by the schema.

use ticketlens_ticket::json::{Broken, Reader, Text, Token};
use ticketlens_ticket::limits;

use super::{
    cause::{Fault, Position},
    diagnostics::Diagnostics,
    scalar::{Scalar, scalar},
    schema::{
        ANY, ANY_DOUBLE, Field, Kind, LOG_RECORD, MISPLACED, RESOURCE, RESOURCE_LOGS, SCOPE_LOGS,
    },
    writer::Writer,
};

/// `AnyValue`s within each other that are written. A body's own limit is below it and leaves a mark:
/// nothing that it lets through is cut here.
const DEPTH: usize = limits::BODY_DEPTH + 2;

/// Bytes of a name that may be one of ours, spelled otherwise.
const LONGEST_NAME: usize = 64;

/// A request in protobuf, and what is to be said about it.
#[derive(Debug)]
pub struct Converted {
    /// An `ExportLogsServiceRequest`.
    pub protobuf: Vec<u8>,
    /// What its sender should know.
    pub diagnostics: Diagnostics,
}

/// A request on its way to protobuf.
pub(super) struct Converter<'a> {
    tokens: Reader<'a>,
    writer: Writer,
    diagnostics: Diagnostics,
    position: Position,
    /// What is wrong with the record or the resource being written.
    fault: Option<(Fault, usize)>,
    /// `AnyValue`s around the one being written.
    depth: usize,
}

impl<'a> Converter<'a> {
    pub(super) fn new(json: &'a [u8]) -> Self {
        Self {
            tokens: Reader::new(json),
            writer: Writer::new(json.len()),
            diagnostics: Diagnostics::default(),
            position: Position::default(),
            fault: None,
            depth: 0,
        }
    }

    pub(super) fn finish(self) -> Converted {
        Converted { protobuf: self.writer.out, diagnostics: self.diagnostics }
    }

    /// The whole request.
    pub(super) fn request(&mut self, fields: &'static [Field]) -> Result<(), Broken> {
        let token = self.tokens.token()?;
        if token != Token::Map {
            let at = self.tokens.offset();
            return Err(Broken { at, expected: "an object with resourceLogs" });
        }
        self.fields(fields)?;
        self.tokens.read().map(drop)
    }

    /// The fields of an object that has begun.
    fn fields(&mut self, fields: &'static [Field]) -> Result<(), Broken> {
        // What a later version calls a value would be lost without a word.
        let (mut is_read, mut is_empty) = (false, true);
        while let Token::Key(name) = self.tokens.token()? {
            let field = fields.iter().find(|field| name.is(field.0)).copied();
            is_read |= field.is_some();
            is_empty = false;
            let token = self.tokens.token()?;
            match field {
                Some((_, _, Kind::Unread)) => self.tokens.skip(token)?,
                Some(field) => self.value(field, token)?,
                None => {
                    self.unknown(fields, name);
                    self.tokens.skip(token)?;
                }
            }
        }
        if std::ptr::eq(fields, ANY) && !is_read && !is_empty {
            self.diagnostics.nameless();
        }
        Ok(())
    }

    /// Unknown names are passed over, as they must be. What was lost over one is told.
    fn unknown(&mut self, fields: &'static [Field], name: Text<'a>) {
        // None that is meant is as long; longer ones are not even made.
        let name = if name.most() <= LONGEST_NAME { name.to_str() } else { "".into() };
        let is_above_records = fields
            .iter()
            .any(|(_, _, kind)| matches!(kind, Kind::Groups | Kind::Scopes | Kind::Records));
        if let Some((known, ..)) = fields.iter().find(|(known, ..)| is_like(&name, known)) {
            self.diagnostics.spelled(known);
            if is_above_records {
                self.diagnostics.unknown();
            }
        } else if is_above_records {
            match MISPLACED.iter().find(|(known, _)| is_like(&name, known)) {
                Some((_, what)) => self.diagnostics.misplaced(what),
                None => self.diagnostics.unknown(),
            }
        }
    }

    /// The value of a field.
    fn value(&mut self, field: Field, token: Token<'a>) -> Result<(), Broken> {
        let (_, number, kind) = field;
        match (kind, token) {
            (_, Token::Null) => Ok(()),
            (Kind::Text, Token::Text(text)) => {
                self.text(number, text);
                Ok(())
            }
            (Kind::Message(fields), Token::Map) => self.message(number, fields),
            (Kind::Any, Token::Map) => self.any(number, token),
            (Kind::Resource, Token::Map) => self.resource(number),
            (Kind::Repeated(fields), Token::List) => self.items(|converter, token, _| {
                converter.value((field.0, number, Kind::Message(fields)), token)
            }),
            (Kind::AnyList, Token::List) => self.items(|converter, token, _| match token {
                // An item that is null is one of the list's: without a value.
                Token::Null => {
                    converter.writer.bytes(number, &[]);
                    Ok(())
                }
                token => converter.value((field.0, number, Kind::Any), token),
            }),
            (Kind::Groups, Token::List) => self.items(|converter, token, at| {
                converter.position = Position { group: at, ..Position::default() };
                converter.value((field.0, number, Kind::Message(RESOURCE_LOGS)), token)?;
                converter.outside_of_records();
                Ok(())
            }),
            (Kind::Scopes, Token::List) => self.items(|converter, token, at| {
                converter.position.scope = Some(at);
                converter.value((field.0, number, Kind::Message(SCOPE_LOGS)), token)?;
                converter.outside_of_records();
                converter.position.scope = None;
                Ok(())
            }),
            (Kind::Records, Token::List) => self.items(Self::record),
            (kind, token) => {
                self.scalar(field, kind, token);
                self.tokens.skip(token)?;
                match kind {
                    Kind::Groups | Kind::Scopes | Kind::Records => self.diagnostics.unknown(),
                    Kind::Resource => {}
                    _ => return Ok(()),
                }
                self.outside_of_records();
                Ok(())
            }
        }
    }

    fn items(
        &mut self,
        mut item: impl FnMut(&mut Self, Token<'a>, usize) -> Result<(), Broken>,
    ) -> Result<(), Broken> {
        let mut at = 0;
        loop {
            match self.tokens.token()? {
                Token::ListEnd => return Ok(()),
                token => item(self, token, at)?,
            }
            at += 1;
        }
    }

    fn message(&mut self, number: u32, fields: &'static [Field]) -> Result<(), Broken> {
        let start = self.writer.open(number);
        self.fields(fields)?;
        self.writer.close(start);
        Ok(())
    }

    fn any(&mut self, number: u32, token: Token<'a>) -> Result<(), Broken> {
        if self.depth >= DEPTH {
            self.writer.bytes(number, &[]);
            return self.tokens.skip(token);
        }
        self.depth += 1;
        let outcome = self.message(number, ANY);
        self.depth -= 1;
        outcome
    }

    /// A resource keeps its good values.
    fn resource(&mut self, number: u32) -> Result<(), Broken> {
        self.message(number, RESOURCE)?;
        self.outside_of_records();
        Ok(())
    }

    /// One `LogRecord`. With a value of the wrong kind it is none, and nothing of it is written.
    fn record(&mut self, token: Token<'a>, at: usize) -> Result<(), Broken> {
        if token == Token::Null {
            return Ok(());
        }
        let (start, byte) = (self.writer.out.len(), self.tokens.offset());
        self.outside_of_records();
        self.diagnostics.record();
        self.value(("logRecords", 2, Kind::Message(LOG_RECORD)), token)?;
        if let Some((fault, _)) = self.fault.take() {
            self.writer.out.truncate(start);
            self.diagnostics
                .rejected_for(fault, Position { record: Some(at), byte, ..self.position });
        }
        Ok(())
    }

    /// What is wrong outside of records costs none, and is told.
    fn outside_of_records(&mut self) {
        if let Some((fault, byte)) = self.fault.take() {
            self.diagnostics.left_out_for(fault, Position { byte, ..self.position });
        }
    }

    fn text(&mut self, number: u32, text: Text<'a>) {
        let start = self.writer.open(number);
        let is_mended = text.bytes(|piece| self.writer.out.extend_from_slice(piece));
        self.writer.close(start);
        if is_mended {
            self.diagnostics.mended();
        }
    }

    /// A value that is no message; a fault, where it can't be what the field holds.
    fn scalar(&mut self, (field, number, _): Field, kind: Kind, token: Token<'a>) {
        match scalar(kind, token) {
            Ok(Scalar::Int(value)) => self.writer.int(number, value),
            Ok(Scalar::Fixed(bits)) => self.writer.fixed64(number, bits),
            Ok(Scalar::Double(bits)) => self.writer.fixed64(ANY_DOUBLE, bits),
            Ok(Scalar::Bytes(bytes)) => self.writer.bytes(number, &bytes),
            // The first is told: the rest may follow from it.
            Err(what) => {
                let byte = self.tokens.offset();
                self.fault.get_or_insert((Fault { field, what }, byte));
            }
        }
    }
}

/// Whether a name is another spelling of `known`: `resource_logs`, `ResourceLogs`.
fn is_like(name: &str, known: &str) -> bool {
    let letters = name.bytes().filter(|byte| !matches!(byte, b'_' | b'-'));
    letters
        .map(|byte| byte.to_ascii_lowercase())
        .eq(known.bytes().map(|byte| byte.to_ascii_lowercase()))
}
