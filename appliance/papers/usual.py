"""What firms usually ask for, as a beginning: their own lists replace these. Pure."""

USUAL: dict[str, dict[str, str]] = {
    "fr": {
        "Divorce": """Acte de mariage : acte de mariage, extrait de mariage
Actes de naissance des enfants : acte de naissance, extrait de naissance
Pièce d'identité : cin, carte d'identité, passeport
Justificatif de domicile : facture steg, facture sonede, justificatif de domicile
Trois derniers bulletins de paie : bulletin de paie, fiche de paie
Relevés bancaires : relevé bancaire, relevé de compte
Titre de propriété du logement : titre de propriété, titre foncier""",
        "Bail commercial": """Contrat de bail : contrat de bail, bail
Extrait du registre national des entreprises : rne, registre national, extrait registre
Quittances de loyer : quittance
Mise en demeure : mise en demeure
Procès-verbal de constat : constat, procès verbal
Pièce d'identité du gérant : cin, carte d'identité""",
        "Recouvrement": """Facture : facture
Bon de commande : bon de commande
Bon de livraison : bon de livraison
Chèque ou lettre de change : chèque, lettre de change, traite
Mise en demeure : mise en demeure
Relevé de compte du client : relevé de compte""",
        "Droit du travail": """Contrat de travail : contrat de travail
Bulletins de paie : bulletin de paie, fiche de paie
Lettre de licenciement : lettre de licenciement, licenciement
Attestation CNSS : cnss
Pièce d'identité : cin, carte d'identité""",
        "Succession": """Acte de décès : acte de décès, certificat de décès
Jugement d'hérédité : hérédité, hoirie
Actes de naissance des héritiers : acte de naissance, extrait de naissance
Titres de propriété : titre de propriété, titre foncier
Relevés bancaires du défunt : relevé bancaire, relevé de compte""",
    },
    "en": {
        "Divorce": """Marriage certificate: marriage certificate
Birth certificates of the children: birth certificate
Identity document: identity card, id card, passport
Proof of address: proof of address, electricity bill, water bill
Last three payslips: payslip, pay slip
Bank statements: bank statement
Title deed of the home: title deed""",
        "Commercial lease": """Lease: lease, lease agreement
Company registration: company registration, trade register
Rent receipts: rent receipt
Formal notice: formal notice
Bailiff's report: bailiff report
Identity document of the manager: identity card, id card""",
        "Debt recovery": """Invoice: invoice
Purchase order: purchase order
Delivery note: delivery note
Cheque or bill of exchange: cheque, bill of exchange
Formal notice: formal notice
Statement of account: statement of account""",
        "Employment": """Employment contract: employment contract
Payslips: payslip, pay slip
Dismissal letter: dismissal letter, dismissal
Social security certificate: social security
Identity document: identity card, id card""",
        "Inheritance": """Death certificate: death certificate
Certificate of inheritance: certificate of inheritance
Birth certificates of the heirs: birth certificate
Title deeds: title deed
Bank statements of the deceased: bank statement""",
    },
    "ar": {
        "طلاق": """عقد الزواج: عقد زواج، رسم زواج
مضامين ولادة الأبناء: مضمون ولادة
بطاقة التعريف: بطاقة تعريف، جواز سفر
إثبات مقر السكنى: شهادة إقامة، فاتورة كهرباء، فاتورة ماء
بطاقات الخلاص الثلاث الأخيرة: بطاقة خلاص
كشوف الحساب البنكي: كشف حساب، كشف بنكي
رسم ملكية المسكن: رسم عقاري، شهادة ملكية""",
        "كراء تجاري": """عقد الكراء: عقد كراء، عقد تسويغ
مضمون من السجل الوطني للمؤسسات: السجل الوطني، سجل تجاري
وصولات الكراء: وصل كراء
محضر تنبيه: محضر تنبيه، تنبيه
محضر معاينة: معاينة
بطاقة تعريف الوكيل: بطاقة تعريف""",
        "استخلاص دين": """الفاتورة: فاتورة
وصل الطلبية: وصل طلبية
وصل التسليم: وصل تسليم
شيك أو كمبيالة: شيك، كمبيالة
محضر تنبيه: محضر تنبيه، تنبيه
كشف حساب الحريف: كشف حساب""",
        "قضايا الشغل": """عقد الشغل: عقد شغل، عقد عمل
بطاقات الخلاص: بطاقة خلاص
مكتوب الطرد: مكتوب طرد، قرار طرد
شهادة الضمان الاجتماعي: ضمان اجتماعي
بطاقة التعريف: بطاقة تعريف""",
        "تركة": """رسم الوفاة: رسم وفاة، مضمون وفاة
حجة الوفاة: حجة وفاة
مضامين ولادة الورثة: مضمون ولادة
رسوم الملكية: رسم عقاري، شهادة ملكية
كشوف حساب المتوفى: كشف حساب، كشف بنكي""",
    },
}
