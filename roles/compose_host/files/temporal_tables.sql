-- The functions of the extension temporal_tables, in PL/pgSQL: Amazon RDS does not offer the extension.
--
-- A table with a column of type tstzrange, the period for which a row is true, and a table like it for what was true before:
--   CREATE TRIGGER versioning BEFORE INSERT OR UPDATE OR DELETE ON orders
--     FOR EACH ROW EXECUTE FUNCTION versioning('valid', 'orders_history', true);
-- A row's period begins with the transaction that writes it. What an UPDATE or DELETE replaces goes into the history, its period
-- ended; what the same transaction had written never was true for anybody else, and leaves no history. The third argument says what
-- happens when the row was written by a transaction that began later than this one: true puts the end a microsecond after that
-- beginning, false is an error.
-- set_system_time('2026-01-01 00:00Z') puts a time of one's own in place of the transaction's, in this session; NULL ends that.

CREATE OR REPLACE FUNCTION public.set_system_time(system_time timestamptz) RETURNS void
LANGUAGE plpgsql AS $function$
BEGIN
  PERFORM set_config('temporal_tables.system_time', COALESCE(system_time::text, ''), false);
END
$function$;

CREATE OR REPLACE FUNCTION public.versioning() RETURNS trigger
LANGUAGE plpgsql AS $function$
DECLARE
  period_column name;
  history regclass;
  adjust boolean;
  moment timestamptz := COALESCE(NULLIF(current_setting('temporal_tables.system_time', true), '')::timestamptz, CURRENT_TIMESTAMP);
  period tstzrange;
  shared text;
  selected text;
BEGIN
  IF TG_WHEN <> 'BEFORE' OR TG_LEVEL <> 'ROW' OR TG_OP NOT IN ('INSERT', 'UPDATE', 'DELETE') THEN
    RAISE EXCEPTION 'versioning() is for triggers BEFORE INSERT OR UPDATE OR DELETE, FOR EACH ROW'
      USING ERRCODE = 'trigger_protocol_violated';
  END IF;
  IF TG_NARGS NOT IN (2, 3) THEN
    RAISE EXCEPTION 'versioning() takes the period column, the history table, and whether to adjust; trigger % gives % arguments', TG_NAME, TG_NARGS
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  period_column := TG_ARGV[0];
  adjust := TG_NARGS = 3 AND TG_ARGV[2]::boolean;

  PERFORM FROM pg_catalog.pg_attribute
    WHERE attrelid = TG_RELID AND attname = period_column AND NOT attisdropped AND atttypid = 'pg_catalog.tstzrange'::regtype;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'table % has no column "%" of type tstzrange', TG_RELID::regclass, period_column
      USING ERRCODE = 'datatype_mismatch';
  END IF;

  IF TG_OP = 'INSERT' THEN
    RETURN jsonb_populate_record(NEW, jsonb_build_object(period_column, tstzrange(moment, NULL)));
  END IF;

  EXECUTE format('SELECT ($1).%I', period_column) INTO period USING OLD;
  IF period IS NULL THEN
    RAISE EXCEPTION 'the period "%" of a row of % must not be null', period_column, TG_RELID::regclass
      USING ERRCODE = 'null_value_not_allowed';
  END IF;
  IF isempty(period) OR lower_inf(period) OR NOT upper_inf(period) THEN
    RAISE EXCEPTION 'the period "%" of a row of % is %, and the period of a current row has a beginning and no end', period_column, TG_RELID::regclass, period
      USING ERRCODE = 'data_exception';
  END IF;

  -- Written by this transaction, whose time does not move; a savepoint changes nothing of that.
  IF lower(period) = moment THEN
    IF TG_OP = 'DELETE' THEN
      RETURN OLD;
    END IF;
    RETURN jsonb_populate_record(NEW, jsonb_build_object(period_column, period));
  END IF;

  IF lower(period) > moment THEN
    IF NOT adjust THEN
      RAISE EXCEPTION 'a row of % was written at % by a transaction that began later than this one (%)', TG_RELID::regclass, lower(period), moment
        USING ERRCODE = 'data_exception', HINT = 'Try again, or give versioning() true as its third argument.';
    END IF;
    moment := lower(period) + interval '1 microsecond';
  END IF;

  history := to_regclass(TG_ARGV[1]);
  IF history IS NULL THEN
    RAISE EXCEPTION 'the history table % of % does not exist', TG_ARGV[1], TG_RELID::regclass
      USING ERRCODE = 'undefined_table';
  END IF;
  -- What both tables have; the history may keep less, or more.
  SELECT string_agg(quote_ident(mine.attname), ', ' ORDER BY mine.attnum), string_agg('($1).' || quote_ident(mine.attname), ', ' ORDER BY mine.attnum)
    INTO shared, selected
    FROM pg_catalog.pg_attribute AS mine
    JOIN pg_catalog.pg_attribute AS past ON past.attrelid = history AND past.attname = mine.attname AND past.attnum > 0 AND NOT past.attisdropped
    WHERE mine.attrelid = TG_RELID AND mine.attnum > 0 AND NOT mine.attisdropped AND mine.attname <> period_column AND past.attgenerated = '';
  PERFORM FROM pg_catalog.pg_attribute
    WHERE attrelid = history AND attname = period_column AND NOT attisdropped AND atttypid = 'pg_catalog.tstzrange'::regtype;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the history table % has no column "%" of type tstzrange', history, period_column
      USING ERRCODE = 'datatype_mismatch';
  END IF;
  EXECUTE format('INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s', history,
      concat_ws(', ', shared, quote_ident(period_column)), concat_ws(', ', selected, '$2'))
    USING OLD, tstzrange(lower(period), moment);

  IF TG_OP = 'DELETE' THEN
    RETURN OLD;
  END IF;
  RETURN jsonb_populate_record(NEW, jsonb_build_object(period_column, tstzrange(moment, NULL)));
END
$function$;

COMMENT ON FUNCTION public.versioning() IS '@version@';
