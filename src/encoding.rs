//! The text of a file: UTF-8, or UTF-16 as PowerShell's `>` writes it.

use thiserror::Error;

/// Bytes that are no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("its text is neither UTF-8 nor UTF-16 with a byte order mark")]
pub struct NotText;

/// The text in these bytes: UTF-8 with or without a byte order mark, or UTF-16 with one.
///
/// # Errors
/// For bytes that are neither.
pub fn decoded(bytes: Vec<u8>) -> Result<String, NotText> {
    match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => from_utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => from_utf16(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8(rest.to_vec()).map_err(|_| NotText),
        _ => String::from_utf8(bytes).map_err(|_| NotText),
    }
}

fn from_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, NotText> {
    let (pairs, []) = bytes.as_chunks::<2>() else { return Err(NotText) };
    let units = pairs.iter().map(|pair| unit(*pair));
    char::decode_utf16(units).collect::<Result<_, _>>().map_err(|_| NotText)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_utf_8_or_has_a_byte_order_mark() {
        let little: Vec<u8> =
            [0xff, 0xfe].into_iter().chain("{\"ü\"}".encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let big: Vec<u8> =
            [0xfe, 0xff].into_iter().chain("{\"ü\"}".encode_utf16().flat_map(u16::to_be_bytes)).collect();
        for bytes in [little, big, b"\xef\xbb\xbf{\"\xc3\xbc\"}".to_vec(), b"{\"\xc3\xbc\"}".to_vec()] {
            assert_eq!(decoded(bytes).as_deref(), Ok("{\"ü\"}"));
        }
        for broken in
            [vec![0xff, 0xfe, 0x00], vec![0xff, 0xfe, 0x00, 0xd8], vec![0x80], b"\xef\xbb\xbf\xff".to_vec()]
        {
            assert_eq!(decoded(broken), Err(NotText));
        }
    }
}
