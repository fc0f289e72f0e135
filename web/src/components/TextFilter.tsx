import { TextInput, type TextInputProps } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useEffect, useRef, useState } from 'react';

interface TextFilterProps extends Omit<TextInputProps, 'value' | 'onChange'> {
  readonly value: string;
  onValue(value: string): void;
}

/** A field whose text takes effect once typing pauses, and which follows external changes of the value. */
export function TextFilter({ value, onValue, ...others }: TextFilterProps) {
  const [text, setText] = useState(value);
  const told = useRef(value);
  useEffect(() => {
    if (value === told.current) return;
    told.current = value;
    setText(value);
  }, [value]);
  const tellSoon = useDebouncedCallback((typed: string) => {
    told.current = typed.trim();
    onValue(typed.trim());
  }, 300);
  return (
    <TextInput
      autoCapitalize="off"
      spellCheck={false}
      {...others}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        tellSoon(event.currentTarget.value);
      }}
    />
  );
}
