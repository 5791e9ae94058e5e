//! From files and bodies to validated items.
