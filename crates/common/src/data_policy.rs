//! How file data is cached, persisted and expired: the closed sets that users name in properties,
//! on the command line and in listings.

use std::fmt;

/// A name that is none of the known ones.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not one of {known}")]
pub struct UnknownName {
    /// What was given.
    pub text: String,
    /// The known names, separated by commas.
    pub known: &'static str,
}

/// Declares an enum whose variants have one name each, used on the wire, in files and on screens.
macro_rules! named_enum {
    ($(#[$meta:meta])* $name:ident, $known:literal, { $($(#[$vmeta:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$vmeta])* $variant,)+
        }

        impl $name {
            /// Every value.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name, in the spelling of Alluxio.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// Finds the value with this name, in any case.
            ///
            /// # Errors
            /// When there is none.
            pub fn parse(text: &str) -> Result<Self, UnknownName> {
                Self::ALL
                    .iter()
                    .find(|value| value.as_str().eq_ignore_ascii_case(text))
                    .copied()
                    .ok_or_else(|| UnknownName { text: text.to_owned(), known: $known })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

named_enum! {
    /// What a read leaves behind in the cache.
    ReadType, "NO_CACHE, CACHE, CACHE_PROMOTE", {
        /// Nothing.
        NoCache = "NO_CACHE",
        /// A copy of what was missing.
        Cache = "CACHE",
        /// As `Cache`, and what was found on a lower tier moves up.
        CachePromote = "CACHE_PROMOTE",
    }
}

named_enum! {
    /// Where a write goes.
    WriteType, "MUST_CACHE, TRY_CACHE, CACHE_THROUGH, THROUGH, ASYNC_THROUGH, NONE", {
        /// Only to workers; fails without room.
        MustCache = "MUST_CACHE",
        /// As `MustCache`; kept for old callers.
        TryCache = "TRY_CACHE",
        /// To workers and, before the close returns, to the store.
        CacheThrough = "CACHE_THROUGH",
        /// Only to the store.
        Through = "THROUGH",
        /// To workers now, to the store later.
        AsyncThrough = "ASYNC_THROUGH",
        /// Nowhere.
        None = "NONE",
    }
}

impl WriteType {
    /// Whether blocks are written to workers.
    pub const fn caches(self) -> bool {
        match self {
            Self::MustCache | Self::TryCache | Self::CacheThrough | Self::AsyncThrough => true,
            Self::Through | Self::None => false,
        }
    }

    /// Whether the writer itself writes to the store.
    pub const fn writes_through(self) -> bool {
        match self {
            Self::CacheThrough | Self::Through => true,
            Self::MustCache | Self::TryCache | Self::AsyncThrough | Self::None => false,
        }
    }

    /// Whether what is written gets into the store, now or later.
    pub const fn reaches_store(self) -> bool {
        match self {
            Self::CacheThrough | Self::Through | Self::AsyncThrough => true,
            Self::MustCache | Self::TryCache | Self::None => false,
        }
    }
}

named_enum! {
    /// What happens when the time to live is over.
    TtlAction, "DELETE, FREE, DELETE_ALLUXIO", {
        /// Removed from the namespace and from the store.
        Delete = "DELETE",
        /// Only the cached copies go.
        Free = "FREE",
        /// Removed from the namespace, kept in the store.
        DeleteAlluxio = "DELETE_ALLUXIO",
    }
}

named_enum! {
    /// How far a file has got on its way to the store.
    PersistenceState, "NOT_PERSISTED, TO_BE_PERSISTED, PERSISTED, LOST", {
        /// Only on workers.
        NotPersisted = "NOT_PERSISTED",
        /// Only on workers, and on its way.
        ToBePersisted = "TO_BE_PERSISTED",
        /// In the store.
        Persisted = "PERSISTED",
        /// Neither in the store nor on a worker that is alive.
        Lost = "LOST",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_case_and_printed_in_alluxios() {
        assert_eq!(
            WriteType::parse("cache_through"),
            Ok(WriteType::CacheThrough)
        );
        assert_eq!(
            format!("{:>15}|", PersistenceState::ToBePersisted),
            "TO_BE_PERSISTED|"
        );
        assert!(ReadType::parse("CACHE_ALL").is_err());
    }
}
