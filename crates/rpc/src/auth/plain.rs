//! The one message of the PLAIN mechanism: `[authorization id] NUL authentication id NUL password`.

use alluxio_common::{Describe, ErrorCode};

/// Names and passwords are short. Whoever sends more has no good reason.
const MAX_MESSAGE: usize = 4 * 1024;

/// What a client says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainMessage {
    /// Whom it wants to act for. Equal to `authentication_id` when it names nobody else.
    pub authorization_id: String,
    /// Who it is.
    pub authentication_id: String,
    /// Not checked in SIMPLE authentication, but it must be there.
    pub password: String,
}

/// A message that is not PLAIN, or lacks a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlainError {
    /// Nobody logs in with an empty name.
    #[error("Plain authentication failed: No authentication identity provided")]
    NoName,
    /// The protocol wants one, although nobody checks it.
    #[error("Plain authentication failed: No password provided")]
    NoPassword,
    /// There are not two NULs.
    #[error("Plain authentication failed: Invalid message format, parts must be separated by NUL")]
    NotThreeParts,
    /// Text is UTF-8.
    #[error("Plain authentication failed: Invalid message format, it is not UTF-8")]
    NotText,
    /// See [`MAX_MESSAGE`].
    #[error(
        "Plain authentication failed: Invalid message format, it is longer than {MAX_MESSAGE} bytes"
    )]
    TooLong,
}

impl Describe for PlainError {
    fn code(&self) -> ErrorCode {
        ErrorCode::Unauthenticated
    }
}

impl PlainMessage {
    /// For a client without credentials.
    pub fn without_password(user: &str, impersonated: Option<&str>) -> Self {
        Self {
            authorization_id: impersonated.unwrap_or(user).to_owned(),
            authentication_id: user.to_owned(),
            password: super::NO_PASSWORD.to_owned(),
        }
    }

    /// Takes the message apart.
    ///
    /// # Errors
    /// When a part is missing, or the bytes are no such message.
    pub fn parse(bytes: &[u8]) -> Result<Self, PlainError> {
        if bytes.len() > MAX_MESSAGE {
            return Err(PlainError::TooLong);
        }
        let text = str::from_utf8(bytes).map_err(|_not_utf8| PlainError::NotText)?;
        let mut parts = text.split('\0');
        let (Some(authorization_id), Some(authentication_id), Some(password), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(PlainError::NotThreeParts);
        };
        if authentication_id.is_empty() {
            return Err(PlainError::NoName);
        }
        if password.is_empty() {
            return Err(PlainError::NoPassword);
        }
        let authorization_id = match authorization_id {
            "" => authentication_id,
            named => named,
        };
        Ok(Self {
            authorization_id: authorization_id.to_owned(),
            authentication_id: authentication_id.to_owned(),
            password: password.to_owned(),
        })
    }

    /// The bytes that clients send.
    pub fn encode(&self) -> Vec<u8> {
        let parts = [
            &self.authorization_id,
            &self.authentication_id,
            &self.password,
        ];
        parts.map(String::as_str).join("\0").into_bytes()
    }
}
