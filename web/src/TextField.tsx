import { useId } from 'react';

interface TextFieldProps {
  readonly label: string;
  readonly value: string;
  onValue(value: string): void;
  readonly hint?: string;
  readonly placeholder?: string;
  readonly type?: 'text' | 'password';
  readonly isOptional?: boolean;
  readonly autoComplete?: string;
}

/** A labelled field for a name, a path or a secret: nothing that a spelling checker or a keyboard should mend. */
export function TextField(props: TextFieldProps) {
  const hintId = useId();
  return (
    <label>
      {props.label}
      <input
        type={props.type ?? 'text'}
        required={!props.isOptional}
        value={props.value}
        onChange={(event) => props.onValue(event.target.value)}
        placeholder={props.placeholder}
        aria-describedby={props.hint && hintId}
        autoComplete={props.autoComplete ?? 'off'}
        autoCapitalize="off"
        spellCheck={false}
      />
      {props.hint && (
        <span className="hint" id={hintId}>
          {props.hint}
        </span>
      )}
    </label>
  );
}
