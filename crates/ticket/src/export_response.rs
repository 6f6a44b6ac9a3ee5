//! What is answered to a request: an OTLP `ExportLogsServiceResponse`
//! (opentelemetry-proto, `collector/logs/v1/logs_service.proto`), written by a receiver and read by
//! a client.

use crate::wire::{Malformed, Payload, Reader, Writer};

/// A success, which may be partial: with a message and without a rejected record it is a warning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportResponse {
    /// `rejected_log_records`: not stored, and not to be sent again.
    pub rejected: u64,
    /// `error_message`: why, for people.
    pub message: String,
}

/// Field numbers.
const PARTIAL_SUCCESS: u32 = 1;
const REJECTED_LOG_RECORDS: u32 = 1;
const ERROR_MESSAGE: u32 = 2;

impl ExportResponse {
    /// Whether all was taken and there is nothing to say.
    pub fn is_plain(&self) -> bool {
        self.rejected == 0 && self.message.is_empty()
    }

    /// Its bytes; none where it is plain.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        if self.is_plain() {
            return out;
        }
        Writer(&mut out).message(PARTIAL_SUCCESS, |partial| {
            if self.rejected > 0 {
                // It is an `int64`.
                let rejected = self.rejected.min(i64::MAX.unsigned_abs());
                partial.varint_field(REJECTED_LOG_RECORDS, rejected);
            }
            if !self.message.is_empty() {
                partial.bytes_field(ERROR_MESSAGE, self.message.as_bytes());
            }
        });
        out
    }

    /// Reads an answer. One that can't be read is plain: it comes with a status of success, and the
    /// records are stored.
    pub fn decode(bytes: &[u8]) -> Self {
        Self::read(bytes).unwrap_or_default()
    }

    fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut response = Self::default();
        let mut fields = Reader::new(bytes);
        while let Some(field) = fields.next()? {
            match field {
                (PARTIAL_SUCCESS, Payload::Bytes(partial)) => response.read_partial(partial)?,
                (PARTIAL_SUCCESS, _) => return Err(Malformed),
                // Fields of a later version.
                _ => {}
            }
        }
        Ok(response)
    }

    fn read_partial(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        let mut fields = Reader::new(bytes);
        while let Some(field) = fields.next()? {
            match field {
                // Fewer than none are none.
                (REJECTED_LOG_RECORDS, Payload::Varint(count)) => {
                    self.rejected = if i64::try_from(count).is_ok() { count } else { 0 };
                }
                (ERROR_MESSAGE, Payload::Bytes(text)) => {
                    let text = std::str::from_utf8(text).map_err(|_| Malformed)?;
                    text.clone_into(&mut self.message);
                }
                (REJECTED_LOG_RECORDS | ERROR_MESSAGE, _) => return Err(Malformed),
                _ => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::collector::logs::v1::{
        ExportLogsPartialSuccess, ExportLogsServiceResponse,
    };
    use prost::Message;

    use super::*;

    fn theirs(rejected_log_records: i64, message: &str) -> ExportLogsServiceResponse {
        let error_message = message.to_owned();
        let partial = ExportLogsPartialSuccess { rejected_log_records, error_message };
        ExportLogsServiceResponse { partial_success: Some(partial) }
    }

    #[test]
    fn what_is_written_reads_back_here_and_elsewhere() {
        for (rejected, message) in [(0, "stored, but"), (7, ""), (300, &*"why ".repeat(100))] {
            let ours = ExportResponse { rejected, message: message.to_owned() };
            let bytes = ours.encode();
            let theirs = theirs(rejected as i64, message);
            assert_eq!(ExportLogsServiceResponse::decode(&*bytes), Ok(theirs.clone()));
            assert_eq!(bytes, theirs.encode_to_vec());
            assert_eq!(ExportResponse::decode(&bytes), ours);
        }
        assert!(ExportResponse::default().encode().is_empty());
    }

    #[test]
    fn an_odd_answer_is_a_success_all_the_same() {
        let plain = ExportResponse::default();
        assert_eq!(ExportResponse::decode(b""), plain);
        assert_eq!(ExportResponse::decode(b"<html>"), plain);
        assert_eq!(ExportResponse::decode(b"\x0a\x03\x12\x01\xff"), plain);
        assert_eq!(ExportResponse::decode(&theirs(-1, "").encode_to_vec()), plain);
        let most = ExportResponse { rejected: u64::MAX, message: String::new() };
        assert_eq!(ExportResponse::decode(&most.encode()).rejected, i64::MAX.unsigned_abs());
    }
}
