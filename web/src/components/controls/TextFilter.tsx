import { TextInput, type TextInputProps } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useEffect, useRef, useState } from 'react';

/** The properties of a field whose text must not be changed by a spelling checker or a keyboard. */
export const plainText = { spellCheck: false, autoCapitalize: 'off', autoCorrect: 'off' } as const;

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
      {...plainText}
      {...others}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        tellSoon(event.currentTarget.value);
      }}
    />
  );
}
