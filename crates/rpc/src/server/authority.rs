//! [`PlainAuthority`]: what Java's clients say in place of a host name on a domain socket.
//!
//! They name the path of the socket as the authority of their requests. That is not what HTTP calls an
//! authority, and our HTTP/2 library refuses such a request. Nobody here looks at the authority. So its
//! strange letters are replaced before the library sees them: one by one, as both sides count the bytes
//! of what they remember of the fields of a connection.

/// Of a frame: its length in three bytes, its type, its flags, and its stream in four.
const FRAME_HEAD: usize = 9;

const HEADERS: u8 = 1;
const CONTINUATION: u8 = 9;

const PADDED: u8 = 0x8;
const PRIORITY: u8 = 0x20;

/// A dependency and a weight.
const PRIORITY_BYTES: usize = 5;

/// The place of `:authority` in the table of names that every connection begins with.
const AUTHORITY: usize = 1;

/// A number in more bytes than this is none that a length or an index can be.
const NUMBER_BITS: u32 = 28;

/// Passes what a client sends, after its preface, and replaces letters of the authority that may not be
/// in one. It knows an authority that is written letter by letter, as Java's clients write it; one in a
/// code stays as it is. What is no HTTP/2 passes as it comes, and whoever reads it says so.
#[derive(Debug, Default)]
pub(super) struct PlainAuthority {
    frame: Frame,
    fields: Fields,
}

impl PlainAuthority {
    /// Passes the next bytes, as many as have come.
    pub(super) fn pass(&mut self, mut bytes: &mut [u8]) {
        while !bytes.is_empty() {
            bytes = match &mut self.frame {
                Frame::Head { begun, length } => {
                    begun[*length] = bytes[0];
                    *length += 1;
                    if *length == FRAME_HEAD {
                        self.begin_frame();
                    }
                    &mut bytes[1..]
                }
                Frame::PadLength(block) => {
                    let padding = usize::from(bytes[0]);
                    let block = Block {
                        fields: block.fields.saturating_sub(padding),
                        after: padding.min(block.fields),
                        ..*block
                    };
                    self.frame = Frame::Block(block);
                    self.end_frame();
                    &mut bytes[1..]
                }
                Frame::Block(block) => {
                    let (now, later) = bytes.split_at_mut(block.next().min(bytes.len()));
                    if block.before == 0 && block.fields > 0 {
                        self.fields.pass(now);
                    }
                    block.take(now.len());
                    self.end_frame();
                    later
                }
            };
        }
    }

    fn begin_frame(&mut self) {
        let Frame::Head { begun, .. } = self.frame else {
            return;
        };
        let [high, middle, low, kind, flags, ..] = begun;
        let length = usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low);
        self.frame = match kind {
            HEADERS => {
                self.fields = Fields::default();
                let before = if flags & PRIORITY == 0 {
                    0
                } else {
                    PRIORITY_BYTES
                };
                let padded = flags & PADDED != 0 && length > 0;
                let length = length - usize::from(padded);
                let block = Block {
                    before: before.min(length),
                    fields: length.saturating_sub(before),
                    after: 0,
                };
                if padded {
                    Frame::PadLength(block)
                } else {
                    Frame::Block(block)
                }
            }
            CONTINUATION => Frame::Block(Block {
                fields: length,
                ..Block::default()
            }),
            // Of other people's types there are many.
            _ => Frame::Block(Block {
                before: length,
                ..Block::default()
            }),
        };
        self.end_frame();
    }

    fn end_frame(&mut self) {
        if matches!(&self.frame, Frame::Block(block) if block.next() == 0) {
            self.frame = Frame::default();
        }
    }
}

/// Where in a frame the next byte is.
#[derive(Debug)]
enum Frame {
    Head {
        begun: [u8; FRAME_HEAD],
        length: usize,
    },
    /// At the byte that says how long the padding of this block is.
    PadLength(Block),
    Block(Block),
}

impl Default for Frame {
    fn default() -> Self {
        Self::Head {
            begun: [0; FRAME_HEAD],
            length: 0,
        }
    }
}

/// What is still to come of a frame: what precedes its fields, the fields, what follows them.
#[derive(Debug, Default)]
struct Block {
    before: usize,
    fields: usize,
    after: usize,
}

impl Block {
    /// How many bytes are of the same kind as the next one; none at the end.
    fn next(&self) -> usize {
        let parts = [self.before, self.fields, self.after];
        parts.into_iter().find(|length| *length > 0).unwrap_or(0)
    }

    fn take(&mut self, length: usize) {
        let parts = [&mut self.before, &mut self.fields, &mut self.after];
        if let Some(part) = parts.into_iter().find(|length| **length > 0) {
            *part -= length;
        }
    }
}

/// Where in the fields of a request the next byte is.
#[derive(Debug, Clone, Copy, Default)]
enum Fields {
    #[default]
    Start,
    /// In the further bytes of a number.
    Number {
        value: usize,
        shift: u32,
        of: Number,
    },
    /// At the length of a text.
    Length(Text),
    /// In a text of which so much is to come.
    Text {
        left: usize,
        coding: Coding,
        of: Text,
    },
}

/// What a number is.
#[derive(Debug, Clone, Copy)]
enum Number {
    /// A field that both sides know, or the size of what they remember.
    Complete,
    /// Which of the names that both sides know.
    Name,
    /// How long a text is.
    Length(Text, Coding),
}

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Text {
    Name,
    Value,
    Authority,
}

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Letters,
    Huffman,
}

impl Fields {
    fn pass(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            *self = self.after(byte);
        }
    }

    /// What comes after this byte, which is replaced if need be.
    fn after(self, byte: &mut u8) -> Self {
        match self {
            Self::Start => match byte.leading_zeros() {
                0 => Self::number(*byte, 7, Number::Complete),
                1 => Self::number(*byte, 6, Number::Name),
                2 => Self::number(*byte, 5, Number::Complete),
                _ => Self::number(*byte, 4, Number::Name),
            },
            Self::Number { value, shift, of } => {
                let value = match shift {
                    0..NUMBER_BITS => value.saturating_add(usize::from(*byte & 0x7f) << shift),
                    _ => usize::MAX,
                };
                if *byte & 0x80 == 0 {
                    return Self::after_number(value, of);
                }
                let shift = shift.saturating_add(7);
                Self::Number { value, shift, of }
            }
            Self::Length(of) => {
                let coding = if *byte & 0x80 == 0 {
                    Coding::Letters
                } else {
                    Coding::Huffman
                };
                Self::number(*byte, 7, Number::Length(of, coding))
            }
            Self::Text { left, coding, of } => {
                if of == Text::Authority && coding == Coding::Letters {
                    *byte = plain(*byte);
                }
                match left - 1 {
                    0 => Self::after_text(of),
                    left => Self::Text { left, coding, of },
                }
            }
        }
    }

    /// After the first byte of a number, of which so many bits belong to it.
    fn number(byte: u8, bits: u32, of: Number) -> Self {
        let most = (1 << bits) - 1;
        match usize::from(byte) & most {
            value if value == most => Self::Number {
                value,
                shift: 0,
                of,
            },
            value => Self::after_number(value, of),
        }
    }

    fn after_number(value: usize, of: Number) -> Self {
        match (of, value) {
            (Number::Complete, _) => Self::Start,
            (Number::Name, 0) => Self::Length(Text::Name),
            (Number::Name, AUTHORITY) => Self::Length(Text::Authority),
            (Number::Name, _) => Self::Length(Text::Value),
            (Number::Length(of, _), 0) => Self::after_text(of),
            (Number::Length(of, coding), left) => Self::Text { left, coding, of },
        }
    }

    fn after_text(text: Text) -> Self {
        match text {
            Text::Name => Self::Length(Text::Value),
            Text::Value | Text::Authority => Self::Start,
        }
    }
}

/// A letter that may be anywhere in a host name.
fn plain(letter: u8) -> u8 {
    if letter.is_ascii_alphanumeric() || letter == b'.' {
        letter
    } else {
        b'-'
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PATH: &[u8] = b"/tmp/sockets/8f_1.sock";
    const PLAIN: &[u8] = b"-tmp-sockets-8f-1.sock";

    fn frame(kind: u8, flags: u8, payload: &[u8]) -> Vec<u8> {
        let length = u32::try_from(payload.len()).expect("short").to_be_bytes();
        let head = [length[1], length[2], length[3], kind, flags, 0, 0, 0, 1];
        [&head, payload].concat()
    }

    /// The fields of a call as Java's clients write them.
    fn fields(authority: &[u8]) -> Vec<u8> {
        let text = |text: &[u8]| {
            let length = u8::try_from(text.len()).expect("below 127");
            [&[length], text].concat()
        };
        [
            // The table shrinks; known fields; the authority, which is to be remembered.
            &[0x3f, 0xe1, 0x1f, 0x83, 0x86, 0x41][..],
            &text(authority),
            // A path without being remembered, and a field whose name and value are new.
            &[0x04],
            &text(b"/a.B/c"),
            &[0x40],
            &text(b"channel-id"),
            &text(b"/x/"),
            // Another authority, never to be remembered.
            &[0x11],
            &text(authority),
            &[0xbe],
        ]
        .concat()
    }

    fn sent(authority: &[u8]) -> Vec<u8> {
        let block = fields(authority);
        let (first, second) = block.split_at(9);
        let padded = [&[3], &[0, 0, 0, 0, 7][..], &block, b"///"].concat();
        [
            frame(4, 0, &[0, 3, 0, 0, 0, 100]),
            frame(HEADERS, 4, &block),
            frame(0, 1, b"\x41\x03/a/"),
            frame(HEADERS, 0, first),
            frame(CONTINUATION, 4, second),
            frame(HEADERS, 4 | PADDED | PRIORITY, &padded),
            frame(HEADERS, 4, &[0x82, 0xbf]),
        ]
        .concat()
    }

    #[test]
    fn a_path_becomes_a_name_wherever_the_pieces_end() {
        let expected = sent(PLAIN);
        for piece in 1..expected.len() {
            let mut bytes = sent(PATH);
            let mut filter = PlainAuthority::default();
            for piece in bytes.chunks_mut(piece) {
                filter.pass(piece);
            }
            assert_eq!(bytes, expected, "in pieces of {piece}");
        }
    }

    #[test]
    fn what_is_written_in_a_code_stays() {
        let block = [0x41, 0x83, 0x62, 0x2f, 0x2f];
        let mut bytes = frame(HEADERS, 4, &block);
        let expected = bytes.clone();
        PlainAuthority::default().pass(&mut bytes);
        assert_eq!(bytes, expected);
    }

    proptest! {
        #[test]
        fn whatever_comes_passes_in_its_length(
            bytes in prop::collection::vec(any::<u8>(), 0..400),
            cut in 0_usize..400,
        ) {
            let mut filter = PlainAuthority::default();
            let mut whole = [sent(PATH), frame(HEADERS, 4, &bytes), bytes].concat();
            let mut pieces = whole.clone();
            filter.pass(&mut whole);
            let mut filter = PlainAuthority::default();
            let cut = cut.min(pieces.len());
            let (first, second) = pieces.split_at_mut(cut);
            filter.pass(first);
            filter.pass(second);
            prop_assert_eq!(pieces, whole);
        }
    }
}
