/** One step forward of a stored layout. Never edited once released: its checksum is kept in every database it was applied to. */
export interface Migration {
  /** 1, 2, 3 … without gaps. */
  readonly number: number;
  readonly name: string;
  readonly sql: string;
}
